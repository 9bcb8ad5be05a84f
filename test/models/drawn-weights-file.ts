import * as tf from '@tensorflow/tfjs';
import h5wasm from 'h5wasm/node';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { architectureOf, type NetworkName } from '../../src/models/networks/networks.ts';
import { drawWeights } from '../references/drawn.ts';

/**
 * Writes weights that were drawn to a file in the layout of keras.applications' files, without the top.
 * @returns the model that they were drawn for, which belongs to the caller
 */
export async function writeDrawnWeights(network: NetworkName, file: string): Promise<tf.LayersModel> {
  const model = buildNetwork(tf, network, architectureOf(network), { zero: true, top: false, inputSize: 64 });
  drawWeights(model);
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'w');
  const layers = model.layers.filter((layer) => layer.weights.length);
  h5.create_attribute(
    'layer_names',
    layers.map(({ name }) => name),
  );
  for (const layer of layers) {
    const group = h5.create_group(layer.name);
    const names = layer.weights.map((_, i) => `weight_${i}:0`);
    group.create_attribute('weight_names', names);
    layer.getWeights().forEach((weight, i) =>
      group.create_dataset({
        name: names[i],
        data: weight.dataSync() as Float32Array,
        shape: weight.shape,
        dtype: '<f4',
      }),
    );
  }
  h5.close();
  return model;
}
