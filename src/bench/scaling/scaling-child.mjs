// @ts-check
// One size of `npm run bench -- --scaling`, in a process of its own, so that its memory is its own.
import { loadTypeScript } from '../../command/line/load-typescript.mjs';

const job = JSON.parse(process.argv[2]);
await loadTypeScript({ readsWeights: true });
const costs =
  'pictures' in job
    ? await (await import('./scaling-pictures.ts')).measurePictures(job)
    : await (await import('./scaling-rows.ts')).measureRows(job);
process.stdout.write(`\n${JSON.stringify(costs)}\n`, () => process.exit(0)); // a session may be kept open
