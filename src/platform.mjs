/**
 * What differs between systems: names of programs and folders, and what a process can be told. The only place that
 * asks which system this is to find them. Plain JavaScript, since the set-up uses it before TypeScript can be loaded.
 * Windows and macOS were never tried on a real one: tests name the system (docs/reliability.md says what is known).
 * @typedef {{ platform?: NodeJS.Platform, env?: NodeJS.ProcessEnv, home?: string }} System
 */
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** @param {NodeJS.Platform} platform */
const pathOf = (platform) => (platform === 'win32' ? path.win32 : path.posix);

/**
 * Gives the folder of an environment's programs (venv, "How venvs work").
 * @param {string} environment
 * @param {System} [system]
 */
export const programsOf = (environment, { platform = process.platform } = {}) =>
  pathOf(platform).join(environment, platform === 'win32' ? 'Scripts' : 'bin');

/**
 * Gives the Python of an environment.
 * @param {string} environment
 * @param {System} [system]
 */
export const pythonOf = (environment, { platform = process.platform } = {}) =>
  pathOf(platform).join(programsOf(environment, { platform }), platform === 'win32' ? 'python.exe' : 'python');

/**
 * Gives the folder of an environment's packages: `Lib\site-packages`, or `lib/python3.11/site-packages`; a folder that
 * is not there if the environment has none.
 * @param {string} environment
 * @param {System} [system]
 */
export function packagesOf(environment, { platform = process.platform } = {}) {
  if (platform === 'win32') return path.win32.join(environment, 'Lib', 'site-packages');
  const lib = path.join(environment, 'lib');
  const python = existsSync(lib) ? readdirSync(lib).find((name) => /^python3\.\d+$/.test(name)) : undefined;
  return path.join(lib, python ?? 'python3', 'site-packages');
}

/**
 * Lists commands that may be a Python, the first that will do is taken. On Windows `python3` is often no more than a
 * door to the Store; its launcher `py` knows what is installed (PEP 397).
 * @param {System} [system]
 * @returns {readonly (readonly [command: string, ...args: string[]])[]}
 */
export function pythonCommands({ platform = process.platform, env = process.env } = {}) {
  const own = env.PYTHON ? [/** @type {const} */ ([env.PYTHON])] : [];
  const versions = ['3.13', '3.12', '3.11', '3.10'];
  if (platform === 'win32')
    return [
      ...own,
      ['py', '-3'],
      ...versions.map((version) => /** @type {const} */ (['py', `-${version}`])),
      ['python'],
    ];
  return [...own, ['python3'], ...versions.map((version) => /** @type {const} */ ([`python${version}`]))];
}

/**
 * Says how Python is installed.
 * @param {System} [system]
 */
export function howToInstallPython({ platform = process.platform } = {}) {
  if (platform === 'win32') return 'On Windows: winget install Python.Python.3.12.';
  if (platform === 'darwin') return 'On macOS: brew install python@3.12.';
  return 'On Debian or Ubuntu: sudo apt install python3 python3-venv.';
}

/**
 * Gives the command that runs npm: this npm itself if it runs us, else the one that lies beside Node.js. `npm.cmd` of
 * Windows is no program: Node.js starts no batch file without a shell (CVE-2024-27980), and a shell needs quoting.
 * @param {System & { node?: string, exists?: (file: string) => boolean }} [system]
 * @returns {readonly [command: string, ...args: string[]]}
 */
export function npmCommand({
  platform = process.platform,
  env = process.env,
  node = process.execPath,
  exists = existsSync,
} = {}) {
  const running = env.npm_execpath?.replace(/npx-cli\.js$/, 'npm-cli.js');
  if (running?.endsWith('.js')) return [node, running];
  const { dirname, join } = pathOf(platform);
  const beside = join(dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return platform === 'win32' && exists(beside) ? [node, beside] : ['npm'];
}

/**
 * Gives the folder where Jupyter looks for a user's kernels (jupyter_core/paths.py, jupyter_data_dir).
 * @param {System} [system]
 */
export function jupyterFolder({ platform = process.platform, env = process.env, home = os.homedir() } = {}) {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  const { join } = pathOf(platform);
  if (platform === 'win32') return env.APPDATA ? join(env.APPDATA, 'jupyter') : join(home, '.jupyter', 'data');
  if (platform === 'darwin') return join(home, 'Library', 'Jupyter');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'jupyter');
}
