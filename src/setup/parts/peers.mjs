/**
 * The programs that Graft is checked against and compared with, in an environment of their own: Keras, TensorFlow's
 * Python, NumPy (2.1 GB). Made on request; tests that need it are skipped without it.
 */
import { besideJupyter } from '../environment.mjs';
import { pythonOf } from '../../platform.mjs';

export const peers = besideJupyter('Keras and NumPy', 'peers');

/** Gives that environment's Python, or undefined if it was not made, or not for these versions. */
export const peersPython = () => (peers.done() ? pythonOf(peers.folder) : undefined);
