// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArguments } from './flags/arguments.mjs';
import { cache } from './cache.mjs';
import { crossvalidate } from './crossvalidate.mjs';
import { clusterFeatures, clusterSweep } from './cluster.mjs';
import { download } from './download.mjs';
import { engines } from './engines.mjs';
import { evaluate } from './evaluate.mjs';
import { exporting } from './export.mjs';
import { features } from './features.mjs';
import { help, overview } from './line/help.mjs';
import { loadTypeScript } from './line/load-typescript.mjs';
import { ROOT } from '../home.mjs';
import { importing } from './import.mjs';
import { isRefusal } from '../host/refusal.mjs';
import { withoutPasswords } from '../text/addresses.mjs';
import { nearest } from '../text/nearest.mjs';
import { page } from './page.mjs';
import { predict } from './predict.mjs';
import { print } from './line/print.mjs';
import { PROGRAMS, runProgram } from './line/programs.mjs';
import { sweep } from './sweep.mjs';
import { teach } from './teach.mjs';
import { train } from './train.mjs';
import { UsageError } from './line/usage-error.mjs';

/** @typedef {import('./line/command.mjs').Command<any>} AnyCommand */

/** @type {Readonly<Record<string, AnyCommand>>} */
export const COMMANDS = {
  download,
  features,
  cache,
  engines,
  train,
  crossvalidate,
  sweep,
  evaluate,
  predict,
  page,
  teach,
  export: exporting,
  import: importing,
  'cluster features': clusterFeatures,
  'cluster sweep': clusterSweep,
};

/**
 * Runs the `graft` command.
 * @param {readonly string[]} args what follows `graft`
 * @returns {Promise<number>} the exit code: 0, 1 for a failure, 2 for a mistake in the arguments, 3 if a place or a
 * folder refuses this machine (another try does not change that), 130 or 143 when interrupted
 */
export async function main(args) {
  if (args[0] === 'help' && args.length > 1) return main([...args.slice(1), '--help']);
  const [name, ...rest] = inTwoWords(args);
  if (!name || ['--help', '-h', 'help'].includes(name)) {
    console.log(overview({ ...COMMANDS, ...PROGRAMS }));
    return name ? 0 : 2;
  }
  if (['--version', '-v', 'version'].includes(name)) {
    const { name: graft, version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    console.log(`${graft} ${version} in ${ROOT}, Node.js ${process.versions.node}`);
    return 0;
  }
  if (Object.hasOwn(PROGRAMS, name)) return runProgram(name, rest);
  if (!Object.hasOwn(COMMANDS, name)) {
    const names = [...Object.keys(COMMANDS), ...Object.keys(PROGRAMS)];
    const meant = nearest(name, names);
    const hint = meant ? ` Did you mean ${meant}?` : '';
    console.error(`graft: expected one of ${names.join(', ')}; got ${JSON.stringify(name)}.${hint}`);
    return 2;
  }
  const command = COMMANDS[name];
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(help(command));
    return 0;
  }
  return runToEnd(name, command, rest);
}

/**
 * Reads `graft cluster features`: the first two words, if they are a command's name.
 * @param {readonly string[]} args
 */
function inTwoWords([first, second, ...rest]) {
  const both = `${first} ${second}`;
  if (Object.hasOwn(COMMANDS, both) || Object.hasOwn(PROGRAMS, both)) return [both, ...rest];
  return second === undefined ? [first] : [first, second, ...rest];
}

/**
 * @param {string} name
 * @param {AnyCommand} command
 * @param {readonly string[]} args
 */
async function runToEnd(name, command, args) {
  const controller = new AbortController();
  let interrupted = 0;
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    interrupted = signal === 'SIGINT' ? 130 : 143;
    console.error(`\n${signal}: ending after the batch in flight; what is done is kept.`);
    controller.abort(new Error('interrupted'));
  };
  let left = false;
  /**
   * Ends `graft predict … | head -1` when its reader reads no more, which is not a failure.
   * @param {NodeJS.ErrnoException} error
   */
  const unread = (error) => {
    if (error.code !== 'EPIPE') throw error;
    left = true;
    controller.abort(new Error('nobody reads on'));
  };
  process.stdout.on('error', unread);
  process.stderr.on('error', unread);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const {
      values: { json, ...values },
      operands,
    } = parseArguments(command, args);
    await loadTypeScript(command);
    const { run } = await command.load();
    const result = await run(values, { operands, signal: controller.signal });
    const failed = await print(result, Boolean(json));
    if (left) return 0;
    if (failed && !interrupted) console.error(`graft ${name}: ${failed}`);
    return interrupted || (failed ? ('refused' in result && result.refused ? 3 : 1) : 0);
  } catch (thrown) {
    if (interrupted) return interrupted;
    if (left) return 0;
    const error = asUsageError(/** @type {Error} */ (thrown), command);
    const usage = error instanceof UsageError;
    console.error(`graft ${name}: ${withoutPasswords(error.message)}${usage ? `\nusage: ${command.usage}` : ''}`);
    if (process.env.GRAFT_DEBUG) console.error(thrown);
    return usage ? 2 : isRefusal(error) ? 3 : 1;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

/**
 * Turns an error about an option that only the work itself can judge (a cut of this network, more images than there
 * are) into one that names the flag.
 * @param {Error} error
 * @param {AnyCommand} command
 */
function asUsageError(error, { flags }) {
  const [, option, rest] = (error instanceof RangeError && /^(\w+): (.*)$/s.exec(error.message)) || [];
  const flag = option?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return flag && Object.hasOwn(flags, flag) ? new UsageError(`--${flag}: ${rest}`) : error;
}
