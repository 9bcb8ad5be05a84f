import * as tf from '@tensorflow/tfjs';
import { shortPath } from '../project.ts';
import type { Weights } from '../storage/weights-file.ts';

/**
 * Copies a file's values into a model's layers of the same names, after checking that all are there and fit. Layers that
 * have other names there (keras.applications' files still have `probs` and `Logits`, today's `predictions`) are matched
 * in order, as Keras' `load_weights` does, if they are as many.
 * @param network names it in errors
 * @throws Error naming the layer that is missing or has another shape
 */
export function assignWeights({ file, layers }: Weights, model: tf.LayersModel, network: string): void {
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  const nameIn = namesIn(layers, wanted);
  // everything is checked before anything is read
  for (const layer of wanted) {
    const found = layers.get(nameIn(layer));
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
    const tensors = layers.get(nameIn(layer))!.map((weight) => tf.tensor(weight.read(), [...weight.shape]));
    layer.setWeights(tensors);
    tf.dispose(tensors);
  }
}

/** What each layer is called in a file. */
function namesIn(layers: Weights['layers'], wanted: readonly tf.layers.Layer[]): (layer: tf.layers.Layer) => string {
  const known = new Set(wanted.map(({ name }) => name));
  const others = [...layers.keys()].filter((name) => !known.has(name));
  const missing = wanted.filter(({ name }) => !layers.has(name));
  const inOrder = missing.length === others.length ? missing.map(({ name }, i) => [name, others[i]] as const) : [];
  const renamed = new Map(inOrder);
  return ({ name }) => renamed.get(name) ?? name;
}
