/**
 * Finds the packages that are ordinary dependencies in a clone, and that `graft setup` installs in a project: into
 * `.graft/packages`, since npm would run ONNX Runtime's script, and most projects need only some of them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandLine, IS_CLONE, placesOf, projectOf, ROOT } from './home.mjs';

/** The sets of packages that `graft setup` installs into a project's `.graft/packages`, by folder. */
export const PACKAGE_SETS = ['engine', 'openvino', 'tensorflow', 'notebook'];

/**
 * Lists the folders that hold those sets: this project's, then those of the project that Graft itself is installed in. A
 * notebook that is opened in one's own Jupyter may lie anywhere.
 * @param {{ root?: string, isClone?: boolean, cwd?: string, env?: NodeJS.ProcessEnv }} [where]
 */
export function packageFolders({ root = ROOT, isClone = IS_CLONE, cwd = process.cwd(), env = process.env } = {}) {
  const [here, installed] = [cwd, projectOf(root)].map((at) => placesOf({ root, isClone, cwd: at, env }).packages);
  return [...new Set([here, installed])];
}

/**
 * Finds a module of a package that is installed by `graft setup` in a project, and is an ordinary dependency in a clone.
 * @param {string} specifier `jsdom`, `tslab/package.json`
 * @returns {string} the file
 * @throws Error that names the command
 */
export function setUpFile(specifier) {
  const sets = setsWith(packageOf(specifier));
  for (const folder of [...(isProjects(specifier) ? [ROOT] : []), ...sets]) {
    const found = resolvedFrom(folder, specifier);
    if (!found) continue;
    if (sets.includes(folder)) sayOtherVersion(folder, packageOf(specifier));
    return found;
  }
  throw notInstalled(specifier);
}

/** The packages of which it was said that another Graft has installed them. */
const said = new Set();

/**
 * Says once if a set of packages was installed by another version of Graft, as two in one tree share a project's
 * `.graft`: this one was made and tested with its own versions.
 * @param {string} folder the set's
 * @param {string} name
 */
function sayOtherVersion(folder, name) {
  const own = path.join(ROOT, 'src/setup/packages', path.basename(folder), 'set.json');
  if (said.has(name) || !existsSync(own)) return;
  said.add(name);
  const expected = read(own).dependencies[name];
  const there = read(path.join(folder, 'node_modules', name, 'package.json')).version;
  if (expected === undefined || expected === there) return;
  process.emitWarning(
    `graft-ml ${read(path.join(ROOT, 'package.json')).version} (${ROOT}) is made with ${name} ${expected}; ` +
      `${folder} has ${there}, of another version of graft-ml. Keep one of them in the project, then run ` +
      `\`${commandLine('setup')}\` again.`,
  );
}

/** @param {string} file */
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Lists the sets that hold a package themselves: looked up from one, a package above it would be found as well.
 * @param {string} name
 */
const setsWith = (name) =>
  setFolders().filter((folder) => existsSync(path.join(folder, 'node_modules', name, 'package.json')));

/** @param {string} specifier `@tensorflow/tfjs/package.json` */
const packageOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Lists the folders of the sets of packages that `graft setup` installs; none in a clone. */
export const setFolders = () =>
  IS_CLONE ? [] : packageFolders().flatMap((at) => PACKAGE_SETS.map((set) => path.join(at, set)));

const TENSORFLOW = '@tensorflow/tfjs';

/** Gives the folder whose `node_modules` hold the TensorFlow.js that Graft computes with; its own if there is none yet. */
export const tensorFlowFolder = () => projectsTensorFlow() ?? setsWith(TENSORFLOW)[0] ?? ROOT;

/**
 * Gives the folder whose `node_modules` hold the TensorFlow.js that npm has installed, if it has the version that Graft is
 * made with: programs of the project and Graft then have one and the same. Of another version Graft uses the set-up's.
 */
export function projectsTensorFlow() {
  const manifest = resolvedFrom(ROOT, `${TENSORFLOW}/package.json`);
  if (manifest === undefined) return undefined;
  const set = path.join(ROOT, 'src/setup/packages/tensorflow/set.json');
  const isOurs = IS_CLONE || read(manifest).version === read(set).dependencies[TENSORFLOW];
  return isOurs ? path.resolve(path.dirname(manifest), '../../..') : undefined;
}

/**
 * Whether a package may be one that npm has installed.
 * @param {string} specifier
 */
const isProjects = (specifier) => !specifier.startsWith('@tensorflow/') || projectsTensorFlow() !== undefined;

/**
 * Resolves a module as a file in a folder does.
 * @param {string} folder
 * @param {string} specifier
 * @returns {string | undefined} nothing if it is not there
 */
function resolvedFrom(folder, specifier) {
  try {
    return createRequire(path.join(folder, 'package.json')).resolve(specifier);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

/** @param {string} specifier */
const notInstalled = (specifier) =>
  new Error(
    `${specifier} is not installed: expected it in ${IS_CLONE ? 'node_modules' : packageFolders().join(' or ')}. ` +
      `Run \`${commandLine('setup')}\`${shorterSetUp(specifier)}.`,
  );

/**
 * Names the shorter set-ups that install a package, too.
 * @param {string} specifier
 */
function shorterSetUp(specifier) {
  const [isEngine, isTensorFlow] = [/^(onnxruntime-|h5wasm)/.test(specifier), specifier.startsWith('@tensorflow/')];
  if (IS_CLONE || !(isEngine || isTensorFlow)) return '';
  const toPredict = isEngine ? '; to predict alone, `npx graft setup --predict`' : '';
  return ` (or, for plain Node.js, \`npx graft setup --no-notebook\`${toPredict})`;
}

/**
 * Imports a module of such a package that only `import` may load.
 * @param {string} specifier `h5wasm/node`
 * @returns {Promise<unknown>}
 * @throws Error that names the command
 */
export function importSetUp(specifier) {
  const name = packageOf(specifier);
  const inSet = setsWith(name).map((folder) => path.join(folder, 'node_modules'));
  const above = createRequire(path.join(ROOT, 'package.json')).resolve.paths(name) ?? [];
  const folder = [...above, ...inSet]
    .map((at) => path.join(at, name))
    .find((at) => existsSync(path.join(at, 'package.json')));
  if (!folder) throw notInstalled(specifier);
  const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return import(pathToFileURL(path.join(folder, exports[`.${specifier.slice(name.length)}`].import)).href);
}

/**
 * Loads a module of such a package by `require`.
 * @param {string} specifier
 * @returns {unknown}
 */
export const requireSetUp = (specifier) => createRequire(import.meta.url)(setUpFile(specifier));
