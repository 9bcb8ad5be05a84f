import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { hasInt8Instructions } from '../../src/host/machine.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { backboneOf, withInt8 } from '../../src/models/backbone.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { noteFacts } from '../../src/models/facts.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { backboneToOnnx } from '../../src/onnx/graph.ts';
import { fuse } from '../../src/onnx/fuse.ts';
import { calibrate } from '../../src/runtime/calibrate.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { TINY } from '../models/tiny-networks.ts';
import { drawWeights } from '../references/drawn.ts';
import { relativeError } from '../references/read.ts';

const images = shapes10({ train: 48 }).train;

beforeAll(useTensorFlow);

function drawnNetwork(network: 'resnet50' | 'mobilenet_v2', inputSize: number): tf.LayersModel {
  const architecture = TINY[network];
  const model = buildNetwork(tf, network, architecture, { zero: true, inputSize });
  drawWeights(model);
  return noteFacts(model, { network, preprocess: architecture.preprocess });
}

async function both(model: tf.LayersModel): Promise<[onnx: Float32Array, tensorflow: Float32Array]> {
  const results: Float32Array[] = [];
  for (const engine of ['onnx', 'tensorflow'] as const) {
    const running = await openBackbone(backboneOf(model), { engine, imageSize: [32, 32] });
    results.push(await running.run(await images.read(0, 3), 3));
    await running.close();
  }
  return results as [Float32Array, Float32Array];
}

// in the midst of a block, behind a shortcut, between a convolution and its normalization, at the end
const CUTS = {
  resnet50: [
    'conv1_conv',
    'conv1_bn',
    'pool1_pool',
    'conv2_block1_add',
    'conv3_block1_2_relu',
    'avg_pool',
    'conv3_block4_out-conv4_block6_out-avg_pool',
    'predictions',
  ],
  mobilenet_v2: ['Conv1_relu', 'block_1_pad', 'block_1_depthwise_BN', 'block_2_add', 'out_relu', 'predictions'],
};

for (const network of ['resnet50', 'mobilenet_v2'] as const) {
  describe(network, () => {
    it('gives in ONNX what it gives in TensorFlow, at every cut', async () => {
      const model = drawnNetwork(network, 64);
      for (const cut of CUTS[network]) {
        const [onnx, tensorflow] = await both(cutAt(model, cut));
        expect(relativeError(onnx, tensorflow), cut).toBeLessThan(1e-4);
      }
    });

    it('has batch normalization in its convolutions, and nothing of it beside them', () => {
      const model = drawnNetwork(network, 32);
      const kinds = fuse(model).map(({ kind }) => kind);
      expect(kinds).not.toContain('BatchNormalization');
      expect(kinds).not.toContain('ReLU');
      expect(kinds.filter((kind) => kind === 'Add').length).toBe(
        model.layers.filter((l) => l.getClassName() === 'Add').length,
      );
      let bytes = 0;
      backboneToOnnx(model, { imageSize: [32, 32], input: backboneOf(model).input }, (part) => (bytes += part.length));
      // kernels, and one bias for each output channel in place of four values
      const folded = model.layers.flatMap((layer) => {
        const sizes = layer.weights.map(({ shape }) => (shape as number[]).reduce((a, b) => a * b, 1));
        return sizes.slice(0, layer.getClassName() === 'Dense' ? 2 : 1);
      });
      expect(bytes).toBe(4 * folded.reduce((a, b) => a + b));
    });

    it.skipIf(!hasInt8Instructions())(
      'agrees in 8 bits with float32 (skipped without 8-bit instructions)',
      async () => {
        const backbone = backboneOf(cutAt(drawnNetwork(network, 64), network === 'resnet50' ? 'avg_pool' : 'out_relu'));
        const calibration = await calibrate(backbone, images);
        expect(calibration.agreement).toBeGreaterThan(0.995);
        expect(withInt8(backbone, calibration).id).not.toBe(backbone.id);
      },
    );
  });
}

describe('the ONNX graph', () => {
  const input = tf.input({ shape: [32, 32, 3] });
  const apply = (layer: tf.layers.Layer, ...to: tf.SymbolicTensor[]): tf.SymbolicTensor =>
    layer.apply(to.length === 1 ? to[0] : to) as tf.SymbolicTensor;
  const convolution = (filters = 4): tf.layers.Layer => tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same' });
  const drawnModel = (output: tf.SymbolicTensor): tf.LayersModel => {
    const model = tf.model({ inputs: input, outputs: output });
    drawWeights(model);
    return model;
  };

  it('keeps batch normalization where something else takes what comes before it, or no convolution does', async () => {
    const a = apply(convolution(), input);
    const normalized = apply(tf.layers.batchNormalization({ scale: false }), a);
    const sum = apply(tf.layers.add(), a, normalized);
    const model = drawnModel(apply(tf.layers.batchNormalization({ center: false }), sum));
    expect(fuse(model).map(({ kind }) => kind)).toEqual(['Conv2D', 'BatchNormalization', 'Add', 'BatchNormalization']);
    expect(relativeError(...(await both(model)))).toBeLessThan(1e-4);
  });

  it('takes sums of more than two, multipliers, a Dense that is normalized, and a ReLU after an average', async () => {
    const [a, b, c] = [convolution(), convolution(), convolution()].map((layer) => apply(layer, input));
    let x = apply(tf.layers.add(), a, b, c);
    x = apply(tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' }), x);
    x = apply(tf.layers.batchNormalization({}), x);
    x = apply(tf.layers.activation({ activation: 'relu6' }), x);
    x = apply(tf.layers.globalMaxPooling2d({}), x);
    x = apply(tf.layers.reLU({}), x);
    const model = drawnModel(apply(tf.layers.batchNormalization({}), apply(tf.layers.dense({ units: 3 }), x)));
    expect(relativeError(...(await both(model)))).toBeLessThan(1e-4);
  });

  it('names what has no 8-bit form', async () => {
    const ranges = { ranges: {}, agreement: 1, images: [1, 1] as const };
    const open = (output: tf.SymbolicTensor) =>
      openBackbone(withInt8(backboneOf(drawnModel(output)), ranges), { engine: 'onnx', imageSize: [32, 32] });
    await expect(open(apply(tf.layers.batchNormalization({ name: 'first' }), input))).rejects.toThrow(
      /int8: layer "first" \(BatchNormalization\) has no 8-bit form: expected a Conv2D first\. Use/,
    );
    await expect(open(apply(tf.layers.conv2d({ filters: 2, kernelSize: [3, 1], name: 'odd' }), input))).rejects.toThrow(
      /int8: layer "odd" \(Conv2D\) has no 8-bit form: expected a Conv2D with a square kernel/,
    );
    await expect(open(apply(convolution(), input))).rejects.toThrow(
      /expected a ReLU or no activation, and a calibrated range/,
    );
  });
});
