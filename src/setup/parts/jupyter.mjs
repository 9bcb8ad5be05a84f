/** Jupyter's environment: .venv. On a machine with an NVIDIA driver it holds TensorFlow's CUDA libraries too. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { install, isInstalled, makeEnvironment } from '../environment.mjs';
import { BESIDE, venv } from '../place.mjs';

const hasNvidiaDriver = () => existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0');
const cuda = () => (hasNvidiaDriver() ? ['cuda'] : []);
const names = () => ['', 'widgets', ...cuda()];

/** Entries that are the user's or separate: JupyterLab's settings, environments beside it, the log of errors. */
const KEPT = ['jupyter', 'openvino', 'openvino.not-fetched', ...BESIDE, 'setup.log', 'setup.lock'];

export const jupyter = {
  label: 'Python environment',
  done: () => isInstalled(venv, names()),
  /** Makes it, empty; after this TensorFlow's wheel can be fetched as well. */
  async prepare() {
    await makeEnvironment(venv, { keep: KEPT });
    // JupyterLab runs its yarn.js, which is CommonJS, and the project's package.json would make it a module
    writeFileSync(path.join(venv, 'package.json'), '{ "type": "commonjs" }\n');
  },
  /** Fills it; bytecode is left to the first start of Jupyter (src/notebook/jupyter/jupyter-environment.mjs). */
  make: () => install(cuda().length ? 'JupyterLab and CUDA' : 'JupyterLab', venv, names(), '--no-compile'),
};
