/** Finds a Python that TensorFlow has wheels for. */
import { spawnSync } from 'node:child_process';
import { howToInstallPython, pythonCommands } from '../platform.mjs';
import { SetupError } from './command.mjs';
import { pythonEnvironment } from './inherited.mjs';

const MIN = [3, 10];
const MAX = [3, 13];

export const atLeast = (version, min) => version[0] > min[0] || (version[0] === min[0] && version[1] >= min[1]);

/** Gives the command, its arguments and the version of the first one that will do: $PYTHON, python3, then the versioned names. */
export function findPython() {
  const found = [];
  for (const [command, ...first] of pythonCommands()) {
    const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
    const answer = spawnSync(command, [...first, '-c', code], { encoding: 'utf8', env: pythonEnvironment() });
    if (answer.status !== 0) continue;
    const text = answer.stdout.trim();
    const version = text.split('.').map(Number);
    if (atLeast(version, MIN) && atLeast(MAX, version)) return { command, first, version: text };
    found.push(`${[command, ...first].join(' ')} is ${text}`);
  }
  throw new SetupError(
    `Graft needs Python ${MIN.join('.')} to ${MAX.join('.')} (for JupyterLab and TensorFlow's library); ` +
      `${found.length ? found.join(', ') : 'none was found'}. ` +
      `${howToInstallPython()} ` +
      'To use another one, set PYTHON=/path/to/python3.',
  );
}
