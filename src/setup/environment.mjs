/** Python environments, each filled from files of requirements that are pinned with hashes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pythonOf } from '../platform.mjs';
import { run, SetupError } from './command.mjs';
import { findPython } from './find-python.mjs';
import { pipEnvironment, pythonEnvironment } from './inherited.mjs';
import { requirements, root, venv } from './place.mjs';
import { hashOfParts, read, stamp, stamped } from './stamp.mjs';

const stampOf = (folder) => path.join(folder, '.graft-packages');

/** Gives the stamp's value; a Python that went away (an upgrade of the system's) takes its environment with it. */
function value(folder, names) {
  const files = names.map((name) => read(requirements(name)));
  return hashOfParts(...files, existsSync(pythonOf(folder)) ? 'python' : 'no python');
}

/** Whether an environment holds the packages of the named files, completely. */
export const isInstalled = (folder, names) => stamped(stampOf(folder), value(folder, names));

/**
 * Makes an environment with nothing but pip in place of the old one, except for the entries named in `keep`. It is
 * never made on top of the old one: pip takes a package that a kill left half written for installed, and removes none
 * of an older set.
 */
export async function makeEnvironment(folder, { keep = [] } = {}) {
  const { command, first, version } = findPython();
  // the stamp goes first: if this is cut off, the next start begins here again
  rmSync(stampOf(folder), { force: true });
  clear(folder, keep);
  try {
    await run(`Python ${version} environment`, command, [...first, '-m', 'venv', folder], { env: pythonEnvironment() });
  } catch (error) {
    clear(folder, keep);
    throw new SetupError(
      `${error.message}\n\n\`${command} -m venv\` does not work here. On Debian or Ubuntu its package is missing: ` +
        `sudo apt install python${version}-venv (or python3-venv), then run the same command again.`,
    );
  }
}

/** Files whose packages are installed without what they depend on (widgets.in says why). */
const ALONE = ['widgets'];

/** Installs the packages of the named files into an empty environment. */
export async function install(label, folder, names, ...options) {
  const alone = names.filter((name) => ALONE.includes(name));
  const whole = names.filter((name) => !alone.includes(name));
  await pip(label, folder, 'install', whole, ...options);
  if (alone.length) await pip('front ends of controls', folder, 'install', alone, '--no-deps', ...options);
  look(label, folder, names);
  stamp(stampOf(folder), value(folder, names));
}

/** Runs `pip COMMAND` in an environment on the named files. */
export const pip = (label, folder, command, names, ...options) =>
  run(
    label,
    pythonOf(folder),
    [
      ...['-m', 'pip', command, '--disable-pip-version-check', '--require-hashes'],
      ...names.flatMap((name) => ['-r', requirements(name)]),
      ...options,
    ],
    { env: pipEnvironment(pythonOf(folder)) },
  );

/** Checks what is stamped before that: pip may end well and have put its packages elsewhere, or nowhere. */
function look(label, folder, names) {
  const args = ['-I', path.join(root, 'src/setup/look.py'), ...names.map(requirements)];
  const { stdout, stderr, status } = spawnSync(pythonOf(folder), args, { encoding: 'utf8' });
  const missing = stdout.split('\n').filter(Boolean);
  if (status === 0 && !missing.length) return;
  const what = status === 0 ? `${missing.slice(0, 5).join(', ')} (${missing.length} packages) are not there` : stderr;
  throw new SetupError(
    `${label}: expected pip's packages in ${folder}; ${what}. \`pip config list\` shows its settings.`,
  );
}

/**
 * Makes a step of the set-up: an environment inside Jupyter's that holds the packages of one file.
 * @param name one of BESIDE, the name of the folder and of the file
 */
export const besideJupyter = (label, name) => {
  const folder = path.join(venv, name);
  return {
    label,
    folder,
    done: () => isInstalled(folder, [name]),
    async make() {
      await makeEnvironment(folder);
      await install(label, folder, [name]);
    },
  };
};

function clear(folder, keep) {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !keep.includes(name)) : [];
  for (const name of names) rmSync(path.join(folder, name), { recursive: true });
}
