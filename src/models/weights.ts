import * as tf from '@tensorflow/tfjs';
import { shortPath } from '../project.ts';
import type { Weights } from '../storage/weights-file.ts';

/**
 * Copies a file's values into a model's layers of the same names, after checking that all are there and fit.
 * @param network names it in errors
 * @throws Error naming the layer that is missing or has another shape
 */
export function assignWeights({ file, layers }: Weights, model: tf.LayersModel, network: string): void {
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  // everything is checked before anything is read
  for (const layer of wanted) {
    const found = layers.get(layer.name);
    const expected = layer.weights.map((w) => `[${w.shape.join(', ')}]`).join(' and ');
    const got = found?.map((d) => `[${d.shape.join(', ')}]`).join(' and ');
    if (got !== expected) {
      throw new Error(
        `${shortPath(file)}: expected ${network}'s weights, with layer "${layer.name}" of ${expected}; ` +
          `got ${got ?? `no such layer among ${[...layers.keys()].join(', ') || 'none'}`}. This is another network's file` +
          `${found === undefined && /^(fc|pred)/.test(layer.name) ? ', or one without the top ("notop")' : ''}.`,
      );
    }
    const other = found!.find(({ isFloat }) => !isFloat);
    if (other)
      throw new Error(
        `${shortPath(file)}: expected floating-point values in layer "${layer.name}"; got ${other.dtype}.`,
      );
  }
  for (const layer of wanted) {
    const tensors = layers.get(layer.name)!.map((weight) => tf.tensor(weight.read(), [...weight.shape]));
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}
