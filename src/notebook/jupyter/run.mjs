/**
 * Runs notebooks from top to bottom without a browser and writes each as a page that needs no network.
 * usage: node src/notebook/jupyter/run.mjs [NOTEBOOK…] [--set NAME=VALUE]… [--inplace]
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { jupyterEnvironment, PYTHON, ROOT } from './jupyter-environment.mjs';

const child = spawn(PYTHON, [join(ROOT, 'src/notebook/jupyter/run.py'), ...process.argv.slice(2)], {
  cwd: ROOT,
  env: jupyterEnvironment(),
  stdio: 'inherit',
});
// a terminal sends Ctrl-C to both; Python ends the kernel, then itself
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => (process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)));
