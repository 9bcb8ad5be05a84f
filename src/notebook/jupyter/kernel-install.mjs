/**
 * Offers this project's kernel to the user's own JupyterLab, Notebook or VS Code, or removes it. Nothing else in Graft
 * writes outside the project's folder, and this does so only when asked to.
 * usage: node src/notebook/jupyter/kernel-install.mjs [--uninstall] [--prefix FOLDER]
 *   --prefix FOLDER  in an environment, under its share/jupyter, instead of the user's own folder
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { commandLine, IS_CLONE } from '../../home.mjs';
import { jupyterFolder } from '../../platform.mjs';
import { setUpFile } from '../../packages.mjs';
import { ROOT } from './jupyter-environment.mjs';

const { uninstall, prefix } = readArguments();

function readArguments() {
  try {
    const options = { uninstall: { type: 'boolean' }, prefix: { type: 'string' } };
    const { values } = parseArgs({ options });
    if (values.prefix === '') throw new Error('--prefix names no folder.');
    return values;
  } catch (error) {
    console.error(`kernel: expected nothing or --prefix FOLDER: ${error.message}`);
    process.exit(2);
  }
}

/** Gives the folder whose kernels Jupyter offers. */
function dataFolder() {
  if (prefix) return path.join(path.resolve(prefix), 'share/jupyter');
  return jupyterFolder();
}

const folder = path.join(dataFolder(), 'kernels/graft');
const file = path.join(folder, 'kernel.json');

if (uninstall) {
  if (!existsSync(file)) console.log(`kernel: there is none in ${folder}.`);
  else if (!readFileSync(file, 'utf8').includes(`${ROOT}${path.sep}`)) {
    console.error(`kernel: the one in ${folder} belongs to another copy of Graft and stays.`);
    process.exitCode = 1;
  } else {
    rmSync(folder, { recursive: true });
    console.log(`kernel: removed from ${folder}.`);
  }
} else {
  mustBeSetUp();
  const spec = path.join(ROOT, 'src/notebook/jupyter/kernels/graft');
  const own = JSON.parse(readFileSync(path.join(spec, 'kernel.json'), 'utf8'));
  const [, ...args] = own.argv;
  // the same command with absolute paths, and the Node.js that the set-up was made for
  const start = path.join(ROOT, 'src/notebook/kernel/start.cjs');
  const argv = [process.execPath, ...args.map((arg) => (arg.endsWith('start.cjs') ? start : arg))];
  mkdirSync(folder, { recursive: true });
  for (const icon of readdirSync(spec).filter((name) => name.startsWith('logo-')))
    copyFileSync(path.join(spec, icon), path.join(folder, icon));
  // where the packages of the set-up are: the user's Jupyter would not know
  const { GRAFT_DATA } = process.env;
  const env = GRAFT_DATA && { ...own.env, GRAFT_DATA: path.resolve(GRAFT_DATA) };
  writeFileSync(`${file}.tmp`, `${JSON.stringify({ ...own, argv, ...(env && { env }) }, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
  const command = commandLine(IS_CLONE ? 'kernel:uninstall' : 'kernel uninstall', prefix && `--prefix "${prefix}"`);
  console.log(`kernel: offered to your Jupyter from ${folder}.\n  \`${command}\` takes it back.`);
}

/** Refuses to offer a kernel that could not start: Jupyter would only say that it died. */
function mustBeSetUp() {
  try {
    setUpFile('tslab/package.json');
  } catch (error) {
    console.error(`kernel: ${error.message}`);
    process.exit(1);
  }
}
