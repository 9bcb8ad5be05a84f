// @ts-check
// `npm run bench`: TypeScript is loaded by tsx, so there is nothing to build.
import { parseArguments } from '../command/flags/arguments.mjs';
import { help } from '../command/line/help.mjs';
import { loadTypeScript } from '../command/line/load-typescript.mjs';
import { UsageError } from '../command/line/usage-error.mjs';
import { bench } from './flags.mjs';

const args = process.argv.slice(2);
try {
  if (args.includes('--help')) console.log(help(bench));
  else {
    const { values } = parseArguments(bench, args);
    await loadTypeScript({ readsWeights: true });
    const { runBench } = await import('./bench.ts');
    await runBench(values);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}\nusage: ${bench.usage}`);
  process.exitCode = 2;
}
