import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/**
 * Lends this clone's Python packages to a project, whose set-up then takes them for its own: pip would need minutes. The
 * environment is the project's, with a link to each package, so that what the set-up writes stays in the project.
 */
export function lendPython(project: string): void {
  const from = realpathSync('.venv');
  const to = path.join(project, '.graft/python');
  const [python] = readdirSync(path.join(from, 'lib')).filter((name) => name.startsWith('python3.'));
  const packages = path.join('lib', python, 'site-packages');
  for (const folder of ['bin', packages, 'openvino'].filter((one) => existsSync(path.join(from, one))))
    link(path.join(from, folder), path.join(to, folder));
  symlinkSync(path.join(from, 'share'), path.join(to, 'share'));
  for (const file of ['pyvenv.cfg', '.graft-packages', 'package.json'])
    cpSync(path.join(from, file), path.join(to, file));
}

/** What the set-up writes for one place alone. */
const OWN = 'graft.pth';

function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  // the set-up without notebooks may have brought some of it
  const names = readdirSync(from).filter((name) => name !== OWN && !existsSync(path.join(to, name)));
  for (const name of names) symlinkSync(path.join(from, name), path.join(to, name));
}

/**
 * Writes a g++ into a folder that takes the binding which this clone has compiled; compiling takes as long as all else of
 * a test.
 * @returns the variables with which the set-up finds that compiler, and the binding its library
 */
export function lendBinding(folder: string): string[] {
  const binding = path.resolve('node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node');
  const copy = `[ "$before" = -o ] && cp '${binding}' "$argument"; before=$argument`;
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'g++'), `#!/bin/sh\nfor argument; do ${copy}; done\nexit 0\n`);
  chmodSync(path.join(folder, 'g++'), 0o755);
  const lib = realpathSync('.venv/lib');
  const [python] = readdirSync(lib).filter((name) => name.startsWith('python3.'));
  return [
    `PATH=${folder}${path.delimiter}${process.env.PATH}`,
    `LD_LIBRARY_PATH=${path.join(lib, python, 'site-packages/tensorflow')}`,
  ];
}
