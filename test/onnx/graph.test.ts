import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/shapes10.ts';
import { type EngineOptions, openEngine } from '../../src/runtime/engine.ts';
import { KERNELS } from '../../src/pixels/interpolation.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { loadNetwork } from '../../src/models/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { relativeError } from '../references/read.ts';

const images = shapes10({ size: 3 });
let mini: tf.LayersModel;

beforeAll(async () => {
  await useTensorFlow();
  mini = await loadNetwork('vgg19-mini');
});

async function both(model: tf.LayersModel, options: Omit<EngineOptions, 'imageSize'>): Promise<[onnx: Float32Array, tensorflow: Float32Array]> {
  const results: Float32Array[] = [];
  for (const name of ['onnx', 'tensorflow'] as const) {
    const engine = await openEngine(name, model, { ...options, imageSize: [32, 32] });
    results.push(await engine.run(images.pixels, 3));
    await engine.release();
  }
  return results as [Float32Array, Float32Array];
}

describe('the ONNX graph', () => {
  it('gives what TensorFlow gives at every cut', async () => {
    for (const cut of ['block1_conv1', 'block3_pool', 'block5_pool', 'flatten', 'fc1', 'fc2', 'predictions']) {
      const [onnx, tensorflow] = await both(cutAt(mini, cut), { kernel: 'bicubic', preprocess: 'caffe' });
      expect(relativeError(onnx, tensorflow), cut).toBeLessThan(1e-4);
    }
  });

  it('gives what TensorFlow gives with every kernel, preprocessed or not', async () => {
    for (const kernel of KERNELS) {
      for (const preprocess of ['caffe', 'none'] as const) {
        const [onnx, tensorflow] = await both(cutAt(mini, 'block2_pool'), { kernel, preprocess });
        // a level more or less where a value lies on the edge between two
        expect(relativeError(onnx, tensorflow), `${kernel}, ${preprocess}`).toBeLessThan(kernel === 'nearest' ? 1e-4 : 5e-3);
      }
    }
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
    const [onnx, tensorflow] = await both(tf.model({ inputs: input, outputs: output }), { kernel: 'bicubic', preprocess: 'none' });
    expect(relativeError(onnx, tensorflow)).toBeLessThan(1e-4);
  });

  it('names a layer that it cannot convert', async () => {
    const input = tf.input({ shape: [32, 32, 3] });
    const model = tf.model({ inputs: input, outputs: tf.layers.upSampling2d({ name: 'up' }).apply(input) as tf.SymbolicTensor });
    await expect(openEngine('onnx', model, { imageSize: [32, 32], kernel: 'bicubic', preprocess: 'none' })).rejects.toThrow(
      /layer "up" \(UpSampling2D, output of rank 4\) cannot be converted: expected Conv2D, .*engine: "tensorflow"/,
    );
  });
});
