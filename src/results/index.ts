/** The results on all of CIFAR-10, for notebooks; `npm run results` makes them. */
export { differenceOfRows, type MadeRow, madeRows } from './made-rows.ts';
