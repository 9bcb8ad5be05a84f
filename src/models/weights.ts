import type * as tf from '@tensorflow/tfjs';
import { shortPath } from '../project.ts';
import { snakeCase } from './keras/snake-case.ts';
import type { LayerLibrary } from './layer-library.ts';
import type { Weights } from '../storage/weights/weights-file.ts';

/**
 * Copies a file's values into the layers of a model that have the same names, after checking that all are there and
 * fit. Layers that have other names in the file (keras.applications' files still have `probs` and `Logits`, today's
 * `predictions`) are matched in order, as Keras' `load_weights` does, if there are as many of them.
 * @param library what the layers were built with
 * @param network the network's name, for errors
 * @throws Error naming the layer that is missing or has another shape
 */
export function assignWeights(
  library: Pick<LayerLibrary, 'tensor' | 'dispose'>,
  weights: Weights,
  model: tf.LayersModel,
  network: string,
): void {
  const { file, layers } = weights;
  const wanted = model.layers.filter((layer) => layer.weights.length > 0);
  const nameIn = namesIn(weights, wanted);
  // everything is checked before anything is read
  for (const layer of wanted) {
    const found = layers.get(nameIn(layer));
    const expected = layer.weights.map((w) => `[${w.shape.join(', ')}]`).join(' and ');
    const got = found?.map((d) => `[${d.shape.join(', ')}]`).join(' and ');
    if (got !== expected) {
      throw new Error(
        `${shortPath(file)}: expected ${network}'s weights, with layer "${layer.name}" of ${expected}; ` +
          `got ${got ?? `no such layer among ${[...layers.keys()].join(', ') || 'none'}`}. This is another network's file` +
          `${found === undefined && /^(fc|pred)/.test(layer.name) ? ', or one without the top ("notop")' : ''}` +
          `${found === undefined ? '; or its layers were renamed in a way that leaves open which is which' : ''}.`,
      );
    }
    const other = found!.find(({ isFloat }) => !isFloat);
    if (other)
      throw new Error(
        `${shortPath(file)}: expected floating-point values in layer "${layer.name}"; got ${other.dtype}.`,
      );
  }
  for (const layer of wanted) {
    const tensors = layers.get(nameIn(layer))!.map((weight) => library.tensor(weight.read(), [...weight.shape]));
    layer.setWeights(tensors);
    library.dispose(tensors);
  }
}

/**
 * Finds each layer's name in a file. If a file keeps an order for some layers, and has as many, those with other names
 * are matched by their positions in it; layers with the network's own names have to stand where they do in the network.
 */
function namesIn({ layers, inOrder }: Weights, wanted: readonly tf.layers.Layer[]): (layer: tf.layers.Layer) => string {
  const renamed = new Map<string, string>();
  const stored = [...layers.keys()];
  const match = (own: readonly string[], theirs: readonly string[]): void => {
    const others = theirs.filter((name) => !own.includes(name));
    const missing = own.filter((name) => !layers.has(name));
    if (missing.length !== others.length) return;
    const moved = own.some((name, i) => layers.has(name) && theirs[i] !== name);
    if (missing.length > 1 && moved) return;
    missing.forEach((name, i) => renamed.set(name, others[i]));
  };
  const names = (of: readonly tf.layers.Layer[]): string[] => of.map(({ name }) => name);
  if (inOrder === 'all') match(names(wanted), stored);
  else if (inOrder !== 'none')
    for (const kind of new Set(inOrder.values()))
      match(
        names(wanted.filter((layer) => kindOf(layer) === kind)),
        stored.filter((name) => inOrder.get(name) === kind),
      );
  return ({ name }) => renamed.get(name) ?? name;
}

/** Names a layer's class as Keras 3 writes it in a file. */
const kindOf = (layer: tf.layers.Layer): string => snakeCase(layer.getClassName());
