/**
 * Puts what Graft adds to Jupyter's Python programs (its page, its script, papermill's parameters) on the path of the
 * environments' Python: a line in each. It comes before their own packages, so that "HTML" is Graft's page. JupyterLab
 * gets Graft's defaults, which a user's own settings still override.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packagesOf, pythonOf } from '../../platform.mjs';
import { root, venv } from '../place.mjs';
import { read } from '../stamp.mjs';

const LINE = `import sys; sys.path.insert(0, ${JSON.stringify(path.join(root, 'src/notebook/jupyter/python'))})\n`;

/** JupyterLab drops completions that take more than a second, as the first ones of a notebook may. */
const DEFAULTS = `${JSON.stringify({ '@jupyterlab/completer-extension:manager': { providerTimeout: 10_000 } })}\n`;
const defaults = path.join(venv, 'share/jupyter/lab/settings/overrides.d/graft.json');

/** Lists the files that Python's `site` reads, in Jupyter's environment and the peers', if they are there. */
function files() {
  return [venv, path.join(venv, 'peers')].flatMap((environment) => {
    const packages = packagesOf(environment);
    return existsSync(pythonOf(environment)) && existsSync(packages) ? [path.join(packages, 'graft.pth')] : [];
  });
}

export const jupyterParts = {
  label: "Graft's parts in Jupyter",
  done: () => files().every((file) => read(file) === LINE) && read(defaults) === DEFAULTS,
  make() {
    for (const file of files()) writeFileSync(file, LINE);
    mkdirSync(path.dirname(defaults), { recursive: true });
    writeFileSync(defaults, DEFAULTS);
  },
};
