/**
 * What Graft is held to and measured beside, in an environment of its own: Keras, TensorFlow's Python, NumPy (2.1 GB).
 * Made on request; tests that need it are skipped without it.
 */
import { install, isInstalled, makeEnvironment } from './environment.mjs';
import { interpreter, peers as folder } from './place.mjs';

export const peers = {
  label: 'Keras and NumPy',
  done: () => isInstalled(folder, ['peers']),
  async make() {
    await makeEnvironment(folder);
    await install(this.label, folder, ['peers']);
  },
};

/** That environment's Python, or undefined where it was not made, or not for these versions. */
export const peersPython = () => (peers.done() ? interpreter(folder) : undefined);
