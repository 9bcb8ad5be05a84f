/**
 * npm's packages, without the binaries that two of them bring along for other systems (270 MB), and without the source
 * maps of TensorFlow.js (188 MB), which lead to TypeScript that the packages do not hold.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from './command.mjs';
import { root } from './place.mjs';
import { fingerprint, read, stamp, stamped } from './stamp.mjs';

const LOCKFILE = path.join(root, 'package-lock.json');
const STAMP = path.join(root, 'node_modules/.graft-packages');
/** In these lies SYSTEM/ARCHITECTURE for every one. */
const BINARIES = ['node_modules/onnxruntime-node/bin/napi-v6', 'node_modules/zeromq/build'];

const value = () => fingerprint(read(LOCKFILE), process.platform, process.arch);

export const npmPackages = {
  label: 'npm packages',
  done: () => stamped(STAMP, value()) && !unneeded().length,
  async make() {
    if (!stamped(STAMP, value())) {
      const npm = process.env.npm_execpath;
      const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
      if (npm?.endsWith('.js')) await run(this.label, process.execPath, [npm, ...args]);
      else await run(this.label, 'npm', args);
    }
    for (const place of unneeded()) rmSync(place, { recursive: true });
    stamp(STAMP, value());
  },
};

const unneeded = () => [...otherSystems(), ...sourceMaps()];

function sourceMaps() {
  return folders(path.join(root, 'node_modules/@tensorflow'))
    .map((folder) => path.join(folder, 'dist'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
    .filter((file) => file.endsWith('.map'));
}

/** The folders that this machine cannot load from; none where its own is not among them. */
function otherSystems() {
  return BINARIES.map((place) => path.join(root, place)).flatMap((place) => {
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
