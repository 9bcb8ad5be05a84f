/**
 * Where Graft is, and where it keeps what it makes: the only place that knows whether this is a clone of the repository,
 * whose sources are TypeScript, or the package `graft-ml`, whose sources are JavaScript. Plain JavaScript, since the
 * set-up and the kernel's first file use it before TypeScript can be loaded.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Graft's own folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Whether this is a clone of the repository: the package alone has its front door as JavaScript. */
export const IS_CLONE = !existsSync(path.join(ROOT, 'src/index.js'));

/** The ending of Graft's own modules. */
export const ENDING = IS_CLONE ? '.ts' : '.js';

/**
 * Gives the folders of what Graft makes. A clone has `data/`, `runs/` and `.venv/`. A project has `.graft/` beside the
 * nearest package.json, for data, features, Python and packages of the set-up, and `runs/`: nothing is kept in
 * `node_modules`, which the next `npm ci` empties. `GRAFT_DATA` names another folder instead of `data/` or `.graft/`.
 * @param {{ root?: string, isClone?: boolean, cwd?: string, env?: NodeJS.ProcessEnv }} [where]
 * @returns {{ project: string, data: string, runs: string, python: string, packages: string }}
 */
export function placesOf({ root = ROOT, isClone = IS_CLONE, cwd = process.cwd(), env = process.env } = {}) {
  const named = env.GRAFT_DATA && path.resolve(cwd, env.GRAFT_DATA);
  if (isClone) {
    const packages = path.join(root, 'node_modules');
    const data = named || path.join(root, 'data');
    return { project: root, data, runs: path.join(root, 'runs'), python: path.join(root, '.venv'), packages };
  }
  const project = projectOf(cwd);
  const data = named || path.join(project, '.graft');
  const [python, packages] = ['python', 'packages'].map((name) => path.join(data, name));
  return { project, data, runs: path.join(project, 'runs'), python, packages };
}

/**
 * Gives the nearest folder with a package.json, at or above a folder; the folder itself if there is none.
 * @param {string} folder
 */
export function projectOf(folder) {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'package.json')) && !at.split(path.sep).includes('node_modules')) return at;
    if (at === path.dirname(at)) return path.resolve(folder);
  }
}

/**
 * Writes the command line of one of Graft's commands: `npm run download -- vgg19` in a clone, `npx graft download vgg19`
 * in a project.
 * @param {string} command
 * @param {string} [args]
 */
export function commandLine(command, args = '') {
  if (IS_CLONE) return `npm run ${command}${args && ` -- ${args}`}`;
  return `npx graft ${command}${args && ` ${args}`}`;
}

/**
 * Gives a file that comes with Graft: from `data/` in a clone, from the package `graft-ml-data` in a project, where the
 * file's folder need not be there.
 * @param {string} file `weights/vgg19-mini.h5`
 */
export function ownData(file) {
  if (IS_CLONE) return path.join(ROOT, 'data', file);
  for (const folder of [ROOT, placesOf().project]) {
    try {
      const found = createRequire(path.join(folder, 'package.json')).resolve('graft-ml-data/package.json');
      return path.join(path.dirname(found), file);
    } catch {
      // not installed there
    }
  }
  return path.join(placesOf().project, 'node_modules/graft-ml-data', file);
}

/**
 * Says how a file that comes with Graft is brought back.
 * @param {string} file as {@link ownData} gives it
 */
export const howToBringBack = (file) =>
  IS_CLONE
    ? `It comes with the project: \`git checkout -- ${path.relative(ROOT, file)}\` brings it back.`
    : 'It is a part of the package graft-ml-data, which is installed beside graft-ml.';
