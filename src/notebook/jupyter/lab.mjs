/**
 * Starts JupyterLab on the clone or project with its TypeScript kernel and the settings of lab.py: on this machine only, with a
 * fresh token, on the next port if one is in use. Further arguments go to `jupyter lab`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commandLine, IS_CLONE, placesOf } from '../../home.mjs';
import { jupyterEnvironment, PYTHON, ROOT } from './jupyter-environment.mjs';

if (process.getuid?.() === 0)
  console.log('lab: running as root (in a container?), so JupyterLab is started with --allow-root.');
console.log('lab: starting JupyterLab …');

if (!existsSync(PYTHON)) {
  console.error(`lab: JupyterLab is not installed: expected ${PYTHON}. Run \`${commandLine('setup')}\`.`);
  process.exit(1);
}
const { project } = placesOf();
// a project has no notebook to begin with
const env = { ...jupyterEnvironment(), GRAFT_LAB_ROOT: project, ...(!IS_CLONE && { GRAFT_LAB_FIRST: '/lab' }) };
// JupyterLab would ask whether to fetch news; this holds only until somebody chooses otherwise
const notifications = path.join(
  env.JUPYTERLAB_SETTINGS_DIR,
  '@jupyterlab/apputils-extension/notification.jupyterlab-settings',
);
if (!existsSync(notifications)) {
  mkdirSync(path.dirname(notifications), { recursive: true });
  writeFileSync(notifications, `${JSON.stringify({ fetchNews: 'false', checkForUpdates: false })}\n`);
}

const lab = path.join(ROOT, 'src/notebook/jupyter/lab.py');
const child = spawn(PYTHON, [lab, ...process.argv.slice(2)], { cwd: project, env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => (process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)));
