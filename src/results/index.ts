/** What was made on all of CIFAR-10, for notebooks; `npm run results` makes it. */
export { type MadeRow, madeRows } from './made-rows.ts';
