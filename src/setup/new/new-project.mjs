/** Writes a project with Graft in it, which can be moved, committed and opened in a container: nothing leads out of it. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { IS_CLONE, projectOf, ROOT } from '../../home.mjs';
import { SetupError } from '../command.mjs';

const TEMPLATE = path.join(ROOT, 'src/setup/new/template');
/** Names that npm would not pack as they are. */
const DOTTED = { gitignore: '.gitignore', gitattributes: '.gitattributes', devcontainer: '.devcontainer' };
const PACKAGES = ['graft-ml', 'graft-ml-data'];

/**
 * @param {string} named the folder; it is made, or is empty
 * @param {{ installedIn?: string }} [options] installedIn: the project whose package.json names Graft's tarballs
 * @returns {string} what comes next
 */
export function newProject(named, { installedIn = IS_CLONE ? undefined : projectOf(ROOT) } = {}) {
  const folder = path.resolve(named);
  if (existsSync(folder) && readdirSync(folder).length)
    throw new SetupError(`expected a new or an empty folder; ${folder} holds ${readdirSync(folder)[0]}.`);
  const tarballs = tarballsOf(installedIn);
  mkdirSync(path.join(folder, 'vendor'), { recursive: true });
  for (const entry of readdirSync(TEMPLATE))
    cpSync(path.join(TEMPLATE, entry), path.join(folder, DOTTED[entry] ?? entry), { recursive: true });
  for (const file of Object.values(tarballs)) copyFileSync(file, path.join(folder, 'vendor', path.basename(file)));
  const dependencies = Object.fromEntries(
    Object.entries(tarballs).map(([name, file]) => [name, `file:vendor/${path.basename(file)}`]),
  );
  const scripts = { setup: 'graft setup', lab: 'graft lab' };
  const manifest = { name: packageName(folder), private: true, type: 'module', scripts, dependencies };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return `new: ${folder} is written. What comes next:

  cd ${JSON.stringify(named)}
  npm install        installs Graft, from vendor/
  npx graft setup    installs JupyterLab, its kernel and TensorFlow's library into .graft/: 1.6 GB, a few minutes
  npx graft lab      starts JupyterLab; open start.ipynb there`;
}

/**
 * Finds the files that Graft was installed from. Its name on npm is not Graft's yet, so no project may ask a registry
 * for it.
 */
function tarballsOf(project) {
  const file = project && path.join(project, 'package.json');
  const { dependencies = {} } = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return Object.fromEntries(
    PACKAGES.map((name) => {
      const [, given] = /^file:(.+\.t(?:ar\.)?gz)$/.exec(dependencies[name] ?? '') ?? [];
      const tarball = given && path.resolve(project, given);
      if (tarball && existsSync(tarball)) return [name, tarball];
      throw new SetupError(
        `expected ${name} to be installed from a tarball that is still there; ${tarball ? `${tarball} is not` : (file ?? 'this is a clone, which')} ${tarball ? 'there' : 'names none'}. ` +
          'Neither package is published yet: `npm run build` and `npm pack ./dist ./dist-data` in a clone make both, ' +
          '`npm install` of the two in any folder gives it `npx graft new`.',
      );
    }),
  );
}

/** Makes a name that npm takes out of a folder's. */
const packageName = (folder) =>
  path
    .basename(folder)
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'my-project';
