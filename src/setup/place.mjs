/** Where the set-up puts things: all of it inside a clone's folder, or inside `.graft/` of a project. */
import path from 'node:path';
import { IS_CLONE, placesOf, ROOT } from '../home.mjs';
import { packagesOf } from '../platform.mjs';

/** Graft's own folder. */
export const root = ROOT;
const places = placesOf();
/** The folder that is written to. */
export const inside = IS_CLONE ? ROOT : places.data;
/** Jupyter's environment, with TensorFlow's native library. */
export const venv = places.python;
/** Separate environments inside it, each made on request. */
export const BESIDE = ['peers', 'ray', 'seaweedfs'];
/** Gives the folder of a set of npm packages in a project: the lock file and `node_modules` are in it. */
export const setFolder = (set) => path.join(places.packages, set);
/** The folder of the packages of TensorFlow. */
export const forTensorFlow = IS_CLONE ? ROOT : setFolder('tensorflow');
/** The npm package whose binding is compiled here. */
export const tfjs = path.join(forTensorFlow, 'node_modules/@tensorflow/tfjs-node-gpu');

/** Gives the path of a file of requirements: `cuda` is requirements/cuda.txt, no name is Jupyter's. */
export const requirements = (name) => path.join(root, 'src/setup/requirements', `${name || 'jupyter'}.txt`);

/** Gives the folder of TensorFlow in Jupyter's environment: its run paths lead from there to ../nvidia. */
export const tensorflow = () => path.join(packagesOf(venv), 'tensorflow');
