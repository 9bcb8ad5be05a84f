/**
 * A set of npm packages in a project: pinned with hashes by a lock file that comes with Graft, installed without their
 * scripts. They lie in `.graft/packages`, not in the project's own `node_modules`: `npm ci` would run ONNX Runtime's
 * script (npm 10 fails there without a download), and remove what the project's package.json does not name.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { projectsTensorFlow } from '../../packages.mjs';
import { npmCi, unneeded } from './npm-packages.mjs';
import { root, setFolder } from '../place.mjs';
import { hashOfParts, read, stamp, stamped } from '../stamp.mjs';

/** Makes a step of the set-up. @param set the folder's name in src/setup/packages */
export function packageSet(set, label) {
  const from = path.join(root, 'src/setup/packages', set);
  const folder = setFolder(set);
  const file = path.join(folder, 'node_modules/.graft-packages');
  const linked = () => (set === 'tensorflow' ? projectsTensorFlow() : undefined) ?? '';
  const value = () => hashOfParts(read(path.join(from, 'lock.json')), process.platform, process.arch, root, linked());
  return {
    label,
    done: () => stamped(file, value()),
    async make() {
      mkdirSync(folder, { recursive: true });
      rmSync(file, { force: true });
      copyFileSync(path.join(from, 'set.json'), path.join(folder, 'package.json'));
      copyFileSync(path.join(from, 'lock.json'), path.join(folder, 'package-lock.json'));
      await npmCi(label, folder);
      for (const place of unneeded(folder)) rmSync(place, { recursive: true });
      if (linked()) useOneTensorFlow(folder, linked());
      stamp(file, value());
    },
  };
}

/**
 * Puts links to the packages of the project's own TensorFlow.js in place of the set's: its binding has to find the one
 * that Graft computes with, since two would not know each other.
 */
function useOneTensorFlow(folder, project) {
  const [scope, own] = [folder, project].map((at) => path.join(at, 'node_modules/@tensorflow'));
  for (const name of readdirSync(scope).filter((one) => existsSync(path.join(own, one)))) {
    rmSync(path.join(scope, name), { recursive: true });
    symlinkSync(realpathSync(path.join(own, name)), path.join(scope, name));
  }
}
