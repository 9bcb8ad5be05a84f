/** Where the set-up puts things: all of it inside this folder. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Jupyter's environment, with TensorFlow's native library. */
export const venv = path.join(root, '.venv');
/** Separate environments inside it, each made on request. */
export const BESIDE = ['peers', 'ray', 'seaweedfs'];
/** The npm package whose binding is compiled here. */
export const tfjs = path.join(root, 'node_modules/@tensorflow/tfjs-node-gpu');

export const interpreter = (environment) => path.join(environment, 'bin/python');

/** Gives the path of a file of requirements: `cuda` is requirements/cuda.txt, no name is Jupyter's. */
export const requirements = (name) => path.join(root, 'src/setup/requirements', `${name || 'jupyter'}.txt`);

/** Gives the folder of TensorFlow in Jupyter's environment: its run paths lead from there to ../nvidia. */
export function tensorflow() {
  const lib = path.join(venv, 'lib');
  const python = existsSync(lib) ? readdirSync(lib).find((name) => /^python3\.\d+$/.test(name)) : undefined;
  return path.join(lib, python ?? 'python3', 'site-packages/tensorflow');
}
