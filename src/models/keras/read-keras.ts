import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { shortPath } from '../../project.ts';
import { kerasConfigIn } from '../../storage/weights/keras-archive.ts';
import { openKerasHdf5, startsAsArchive } from '../../storage/weights/keras-hdf5.ts';
import { type ParsedLayer, parseLayers } from './parse-layers.ts';
import { type FoundWeight, plainNetwork } from './plain-network.ts';

/**
 * Reads a model that Keras saved whole, a `.keras` or a `.h5` file, as plain layers, which TensorFlow.js is not needed
 * for.
 * @returns [n, S, S, 3] → the model's output
 * @throws Error naming the file, and what in it is not as expected: a layer of one's own, damage, weights alone
 */
export async function readKeras(file: string): Promise<tf.LayersModel> {
  const weights = await openKerasHdf5(file);
  try {
    const described = (await startsAsArchive(file)) ? await kerasConfigIn(file) : weights.modelConfig;
    if (described === undefined)
      throw new Error(
        `${shortPath(file)}: expected a whole model of Keras (\`model.save('mine.keras')\`); it holds weights alone, and does not say what layers they are of.`,
      );
    const weightsOf = (layer: ParsedLayer): readonly FoundWeight[] | undefined =>
      weights.byPlace?.get(layer.key) ?? weights.layers.get(layer.name);
    try {
      const layers = parseLayers(typeof described === 'string' ? JSON.parse(described) : described);
      return plainNetwork(path.parse(file).name, layers, weightsOf);
    } catch (cause) {
      throw new Error(
        `${shortPath(file)}: expected a model of Keras that Graft can read; ${(cause as Error).message}.`,
        {
          cause,
        },
      );
    }
  } finally {
    weights.close();
  }
}
