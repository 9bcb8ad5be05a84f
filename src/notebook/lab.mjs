/**
 * Starts JupyterLab on the project with its TypeScript kernel: on this machine only, with a token, the next port where
 * one is in use. Further arguments go to `jupyter lab`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jupyterEnvironment, PYTHON, ROOT } from './jupyter-environment.mjs';

const args = [
  '-m',
  'jupyterlab',
  `--ServerApp.root_dir=${ROOT}`,
  '--LabApp.default_url=/lab/tree/notebooks/01-transfer-learning.ipynb',
];
args.push(
  '--MultiKernelManager.default_kernel_name=graft',
  // a kernel that ends because another process has a port of its is given others: with a cache, the same again
  '--KernelManager.cache_ports=False',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
);
if (process.getuid?.() === 0) {
  console.log('lab: this is root (a container?); JupyterLab is started with --allow-root, on localhost only.');
  args.push('--allow-root');
}
if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY && process.platform === 'linux') args.push('--no-browser');
// its own lines of information say nothing that one has to know; `npm run lab -- --log-level=INFO` shows them
args.push('--Application.log_level=WARN');
console.log('lab: starting JupyterLab; open the address with the token that it prints below. Ctrl-C ends it.');

const env = jupyterEnvironment();
// JupyterLab would ask whether to fetch news; only until somebody chooses otherwise
const notifications = path.join(
  env.JUPYTERLAB_SETTINGS_DIR,
  '@jupyterlab/apputils-extension/notification.jupyterlab-settings',
);
if (!existsSync(notifications)) {
  mkdirSync(path.dirname(notifications), { recursive: true });
  writeFileSync(notifications, `${JSON.stringify({ fetchNews: 'false', checkForUpdates: false })}\n`);
}

const child = spawn(PYTHON, [...args, ...process.argv.slice(2)], { cwd: ROOT, env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => (process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)));
