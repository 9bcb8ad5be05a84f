// @ts-check
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../home.mjs';

/**
 * What `graft` starts as a program of its own, with the arguments as they come: none of it needs TypeScript or packages.
 * @type {Readonly<Record<string, { file: string, usage: string, about: string, args?: readonly string[] }>>}
 */
export const PROGRAMS = {
  new: {
    file: 'setup/new/new.mjs',
    usage: 'graft new FOLDER',
    about: 'Begins a project: writes package.json, tsconfig.json, a notebook, and what git and containers need.',
  },
  setup: {
    file: 'setup/setup.mjs',
    usage: 'graft setup [--no-notebook | --predict] [--no-openvino] [--check]',
    about:
      'Installs what Graft computes with, and JupyterLab with its kernel; with --no-notebook only the former, with ' +
      '--predict only what predicts; with --no-openvino no second engine (92 MB).',
  },
  trim: {
    file: 'setup/trim.mjs',
    usage: 'graft trim [--yes]',
    about: "Says what a project's packages hold that nothing loads; with --yes it is removed.",
  },
  lab: {
    file: 'notebook/jupyter/lab.mjs',
    usage: 'graft lab [ARGUMENTS OF JUPYTERLAB]',
    about: 'Starts JupyterLab on this machine, with the TypeScript kernel.',
  },
  'kernel install': {
    file: 'notebook/jupyter/kernel-install.mjs',
    usage: 'graft kernel install [--prefix FOLDER]',
    about: 'Offers the kernel to your own Jupyter; --prefix FOLDER puts it into an environment.',
  },
  'kernel uninstall': {
    file: 'notebook/jupyter/kernel-install.mjs',
    usage: 'graft kernel uninstall [--prefix FOLDER]',
    about: 'Takes the kernel back.',
    args: ['--uninstall'],
  },
};

/**
 * Runs a program to its end. A terminal sends Ctrl-C to it as well; other signals are passed on. npm passes them to a
 * shell only, which ends without telling us: the program ends with it.
 * @param {keyof typeof PROGRAMS} name
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runProgram(name, args) {
  const { file, usage, about, args: first = [] } = PROGRAMS[name];
  if (args.includes('--help') || args.includes('-h')) {
    console.log(`usage: ${usage}\n\n${about}`);
    return Promise.resolve(0);
  }
  const child = spawn(process.execPath, [path.join(ROOT, 'src', file), ...first, ...args], { stdio: 'inherit' });
  const ignore = () => {};
  const pass = () => void child.kill('SIGTERM');
  process.on('SIGINT', ignore).on('SIGTERM', pass);
  const parent = process.ppid;
  const watch = process.env.npm_command && setInterval(() => process.ppid === parent || pass(), 500);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.removeListener('SIGINT', ignore).removeListener('SIGTERM', pass);
      if (watch) clearInterval(watch);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
