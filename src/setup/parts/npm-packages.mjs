/**
 * npm's packages, without the binaries that two of them include for other systems (270 MB), without the source maps
 * of TensorFlow.js (188 MB), which refer to TypeScript that the packages do not hold, and without h5wasm's builds for
 * browsers (10 MB).
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { npmCommand } from '../../platform.mjs';
import { run, SetupError } from '../command.mjs';
import { NPM_CI } from '../inherited.mjs';
import { root } from '../place.mjs';
import { hashOfParts, read, stamp, stamped } from '../stamp.mjs';

const LOCKFILE = path.join(root, 'package-lock.json');
const STAMP = path.join(root, 'node_modules/.graft-packages');
/** Folders that hold SYSTEM/ARCHITECTURE for every system. */
const BINARIES = ['node_modules/onnxruntime-node/bin/napi-v6', 'node_modules/zeromq/build'];

const value = () => hashOfParts(read(LOCKFILE), process.platform, process.arch);

export const npmPackages = {
  label: 'npm packages',
  done: () => stamped(STAMP, value()) && !unneeded(root).length,
  async make() {
    if (!stamped(STAMP, value())) {
      await npmCi(this.label, root);
    }
    for (const place of unneeded(root)) rmSync(place, { recursive: true });
    stamp(STAMP, value());
  },
};

/**
 * Installs what a folder's lock file lists into it, whatever npm is told elsewhere.
 * @throws SetupError naming what is missing afterwards
 */
export async function npmCi(label, folder) {
  const [npm, ...first] = npmCommand();
  await run(label, npm, [...first, ...NPM_CI, '--prefix', folder]);
  const { packages } = JSON.parse(read(path.join(folder, 'package-lock.json')));
  const missing = Object.entries(packages)
    .filter(([name, { optional, devOptional, peer }]) => name && !optional && !devOptional && !peer)
    .flatMap(([name]) => (existsSync(path.join(folder, name)) ? [] : [name]));
  if (missing.length)
    throw new SetupError(
      `${label}: expected npm's packages in ${folder}; ${missing.slice(0, 5).join(', ')} (${missing.length} of them) ` +
        'are not there. `npm config list` shows its settings.',
    );
}

/** Lists what a folder's packages hold for other systems, or for nobody. */
export const unneeded = (folder) => [...otherSystems(folder), ...sourceMaps(folder), ...otherBuilds(folder)];

/** Lists the builds of h5wasm that are not for Node.js, and the WebAssembly that npm 10 installs beside sharp's library. */
const otherBuilds = (parent) => [...ofH5wasm(parent), ...ofSharp(path.join(parent, 'node_modules/@img'))];

const ofSharp = (scope) =>
  folders(scope).some((folder) => path.basename(folder).startsWith(`sharp-${process.platform}`))
    ? folders(scope).filter((folder) => path.basename(folder) === 'sharp-wasm32')
    : [];

const ofH5wasm = (parent) =>
  ['esm', 'iife']
    .map((name) => path.join(parent, 'node_modules/h5wasm/dist', name))
    .filter((place) => existsSync(place));

function sourceMaps(parent) {
  return folders(path.join(parent, 'node_modules/@tensorflow'))
    .map((folder) => path.join(folder, 'dist'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
    .filter((file) => file.endsWith('.map'));
}

/** Lists the folders that this machine cannot load from; none if its own is not among them. */
function otherSystems(parent) {
  return BINARIES.map((place) => path.join(parent, place)).flatMap((place) => {
    const own = path.join(place, process.platform, process.arch);
    const others = folders(place)
      .flatMap(folders)
      .filter((folder) => folder !== own);
    return existsSync(own) ? others : [];
  });
}

function folders(parent) {
  const entries = existsSync(parent) ? readdirSync(parent, { withFileTypes: true }) : [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(parent, entry.name));
}
