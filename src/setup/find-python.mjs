/** Finds a Python that TensorFlow has wheels for. */
import { spawnSync } from 'node:child_process';
import { SetupError } from './command.mjs';
import { pythonEnvironment } from './inherited.mjs';

const MIN = [3, 10];
const MAX = [3, 13];
const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

export const atLeast = (version, min) => version[0] > min[0] || (version[0] === min[0] && version[1] >= min[1]);

/** Gives the command and the version of the first one that will do: $PYTHON, python3, then the versioned names. */
export function findPython() {
  const found = [];
  for (const command of [process.env.PYTHON, ...NAMES].filter(Boolean)) {
    const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
    const answer = spawnSync(command, ['-c', code], { encoding: 'utf8', env: pythonEnvironment() });
    if (answer.status !== 0) continue;
    const text = answer.stdout.trim();
    const version = text.split('.').map(Number);
    if (atLeast(version, MIN) && atLeast(MAX, version)) return { command, version: text };
    found.push(`${command} is ${text}`);
  }
  throw new SetupError(
    `Graft needs Python ${MIN.join('.')} to ${MAX.join('.')} (for JupyterLab and TensorFlow's library); ` +
      `${found.length ? found.join(', ') : 'none was found'}. ` +
      'On Debian or Ubuntu: sudo apt install python3 python3-venv. ' +
      'To use another one, set PYTHON=/path/to/python3.',
  );
}
