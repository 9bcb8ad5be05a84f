// @ts-check
// `npm run results`: tsx loads TypeScript, so nothing has to be built.
import { parseArguments } from '../command/flags/arguments.mjs';
import { help } from '../command/line/help.mjs';
import { loadTypeScript } from '../command/line/load-typescript.mjs';
import { UsageError } from '../command/line/usage-error.mjs';
import { results } from './flags.mjs';

const args = process.argv.slice(2);
try {
  if (args.includes('--help')) console.log(help(results));
  else {
    const { values, operands } = parseArguments(results, args);
    await loadTypeScript({ readsWeights: true });
    const { runResults } = await import('./run.ts');
    await runResults(operands, values);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`results: ${error.message}\nusage: ${results.usage}`);
  process.exitCode = 2;
}
