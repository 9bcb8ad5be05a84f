import * as tf from '@tensorflow/tfjs';
import { artifactsOf, weightBytesOf } from '../../../models/artifacts.ts';
import type { LayersBackbone } from '../../../models/backbone.ts';
import type { Preprocessing } from '../../../pixels/preprocess.ts';
import { headLayers } from '../../../training/steps/head-layers.ts';
import type { Classifier } from '../../classifier.ts';
import { preprocessingWeights } from './preprocessing-weights.ts';

/** A model as it is written to files. */
export interface SavedModel {
  readonly topology: object;
  readonly specs: readonly tf.io.WeightsManifestEntry[];
  /** The weights, in the order of the specs. */
  readonly weights: Uint8Array;
}

/**
 * Puts preprocessing, backbone and head into one model of layers: [n, S, S, 3] float32, RGB, 0..255 → probabilities
 * [n, K]. The temperature goes into the last weights. The classifier's own models stay as they are.
 * @throws Error if two weights have one name, by which TensorFlow.js would mix them up
 */
export async function wholeModel(
  { head, temperature }: Pick<Classifier, 'head' | 'temperature'>,
  { model: network, input }: LayersBackbone,
): Promise<SavedModel> {
  const { output } = headLayers(head);
  const images = tf.input({ shape: [input.size, input.size, 3], name: 'images' });
  const entry = preprocessLayer();
  const features = network.apply(entry.apply(images)) as tf.SymbolicTensor;
  setPreprocessing(entry, input.preprocess);
  const outputs = head.apply(features) as tf.SymbolicTensor;
  try {
    const artifacts = await artifactsOf(tf.model({ inputs: images, outputs, name: 'classifier' }));
    const specs = artifacts.weightSpecs!;
    const names = specs.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined)
      throw new Error(
        `export: TensorFlow.js finds weights by their names; backbone and head both have "${twice}". Nothing was written: give the layers of one of them other names.`,
      );
    const weights = weightBytesOf(artifacts);
    const last = new Set(output.weights.map(({ originalName }) => originalName));
    let at = 0;
    for (const { name, shape } of specs) {
      const end = at + 4 * shape.reduce((a, b) => a * b, 1);
      if (last.has(name))
        for (let i = at; i < end; i += 4) weights.writeFloatLE(weights.readFloatLE(i) / temperature, i);
      at = end;
    }
    return { topology: artifacts.modelTopology as object, specs, weights };
  } finally {
    entry.dispose();
  }
}

const preprocessLayer = (): tf.layers.Layer =>
  tf.layers.conv2d({ name: 'preprocess', filters: 3, kernelSize: 1, kernelInitializer: 'zeros', trainable: false });

function setPreprocessing(layer: tf.layers.Layer, preprocess: Preprocessing): void {
  const weights = preprocessingWeights(preprocess);
  tf.tidy(() => layer.setWeights(weights.map(({ values, shape }) => tf.tensor(values, shape))));
}
