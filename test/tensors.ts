import { setImmediate } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import * as tf from '@tensorflow/tfjs';

/**
 * Tensors in use, once garbage has been collected: networks of earlier tests, given back later, would be missing from a
 * count after.
 */
export async function tensorsInUse(): Promise<number> {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) {
    collect();
    await setImmediate(); // finalizers run between tasks
  }
  return tf.memory().numTensors;
}
