import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { backboneOf, type BackboneInput } from '../../src/models/backbone.ts';
import { INTERPOLATIONS } from '../../src/pixels/interpolation.ts';
import { PREPROCESSING_NAMES } from '../../src/pixels/preprocess.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { relativeError } from '../references/read.ts';

const images = shapes10({ train: 3 }).train;
let mini: tf.LayersModel;

beforeAll(async () => {
  await useTensorFlow();
  mini = await loadNetwork('vgg19-mini');
});

async function both(
  model: tf.LayersModel,
  input: Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>> = {},
): Promise<[onnx: Float32Array, tensorflow: Float32Array]> {
  const results: Float32Array[] = [];
  for (const engine of ['onnx', 'tensorflow'] as const) {
    const running = await openBackbone(backboneOf(model, input), { engine, imageSize: [32, 32] });
    results.push(await running.run(await images.read(0, 3), 3));
    await running.close();
  }
  return results as [Float32Array, Float32Array];
}

describe('the ONNX graph', () => {
  it('gives what TensorFlow gives at every cut', async () => {
    for (const cut of ['block1_conv1', 'block3_pool', 'block5_pool', 'flatten', 'fc1', 'fc2', 'predictions']) {
      const [onnx, tensorflow] = await both(cutAt(mini, cut));
      expect(relativeError(onnx, tensorflow), cut).toBeLessThan(1e-4);
    }
  });

  it('gives what TensorFlow gives with every interpolation and preprocessing', async () => {
    for (const interpolation of INTERPOLATIONS) {
      for (const preprocess of PREPROCESSING_NAMES) {
        const [onnx, tensorflow] = await both(cutAt(mini, 'block2_pool'), { interpolation, preprocess });
        // a level more or less where a value lies on the edge between two
        const limit = interpolation === 'nearest' ? 1e-4 : 5e-3;
        expect(relativeError(onnx, tensorflow), `${interpolation}, ${preprocess}`).toBeLessThan(limit);
      }
    }
    const own = { channels: 'BGR', mean: [10, 20, 30], std: [2, 3, 4] } as const;
    expect(
      relativeError(...(await both(cutAt(mini, 'block1_pool'), { preprocess: own, interpolation: 'nearest' }))),
    ).toBeLessThan(1e-4);
  });

  it('follows the layers from input to output, whatever else they serve in', async () => {
    const input = tf.input({ shape: [64, 64, 3] });
    const again = mini.layers.slice(1, 7).reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
    const [onnx, tensorflow] = await both(tf.model({ inputs: input, outputs: again }), { preprocess: 'caffe' });
    expect(relativeError(onnx, tensorflow)).toBeLessThan(1e-4);
    expect(relativeError(onnx, (await both(cutAt(mini, 'block2_pool')))[0])).toBeLessThan(1e-6);
  });

  it('takes strides, padding, averages and activations of other models', async () => {
    const input = tf.input({ shape: [32, 32, 3] });
    const layers = [
      tf.layers.conv2d({ filters: 5, kernelSize: [3, 2], strides: [2, 1], padding: 'valid', useBias: false }),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ];
    const output = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
    const [onnx, tensorflow] = await both(tf.model({ inputs: input, outputs: output }));
    expect(relativeError(onnx, tensorflow)).toBeLessThan(1e-4);
  });

  it('takes Rescaling, averaging pools, swish, sigmoid and tanh, and models within the model, whatever they are called', async () => {
    const apply = (layers: tf.layers.Layer[], from: tf.SymbolicTensor): tf.SymbolicTensor =>
      layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, from);
    const conv = (name: string, activation: 'swish' | 'sigmoid' | 'tanh'): tf.layers.Layer =>
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: activation, name });
    const inside = tf.input({ shape: [16, 16, 4] });
    const inner = tf.model({
      inputs: inside,
      outputs: apply(
        [conv('same_name', 'sigmoid'), tf.layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
        inside,
      ),
      name: 'inner',
    });
    const sequential = tf.sequential({ name: 'sequential' });
    sequential.add(tf.layers.conv2d({ filters: 3, kernelSize: 1, inputShape: [8, 8, 4], activation: 'tanh' }));
    sequential.add(tf.layers.globalAveragePooling2d({}));
    const input = tf.input({ shape: [32, 32, 3] });
    const output = apply(
      [
        tf.layers.rescaling({ scale: 1 / 127.5, offset: -1 }),
        conv('same_name', 'swish'),
        tf.layers.averagePooling2d({ poolSize: 2 }),
        inner,
        sequential,
        tf.layers.dense({ units: 3, activation: 'sigmoid' }),
      ],
      input,
    );
    const [onnx, tensorflow] = await both(tf.model({ inputs: input, outputs: output }));
    expect(relativeError(onnx, tensorflow)).toBeLessThan(1e-4);
  });

  it('names a layer that it cannot convert', async () => {
    const input = tf.input({ shape: [32, 32, 3] });
    const model = tf.model({
      inputs: input,
      outputs: tf.layers.upSampling2d({ name: 'up' }).apply(input) as tf.SymbolicTensor,
    });
    await expect(openBackbone(backboneOf(model), { engine: 'onnx', imageSize: [32, 32] })).rejects.toThrow(
      /layer "up" \(UpSampling2D, output of rank 4\) cannot be converted: expected Conv2D, .*engine: "tensorflow"/,
    );
  });
});
