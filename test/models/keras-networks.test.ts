import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { type Architecture, architectureOf } from '../../src/models/networks/networks.ts';
import { countParameters } from '../../src/models/summary.ts';
import { assignWeights } from '../../src/models/weights.ts';
import { normalizationOf } from '../../src/pixels/preprocess.ts';
import { preprocess } from '../../src/pixels/preprocess-tensor.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';
import { drawn, drawWeights } from '../references/drawn.ts';
import { float32, reference, REFERENCES } from '../references/read.ts';
import { TINY } from './tiny-networks.ts';

interface Outputs {
  readonly range: readonly [number, number];
  readonly size: number;
  readonly layers: readonly {
    readonly name: string;
    readonly kind: string;
    readonly shape: number[];
    readonly parameters: number;
    readonly largest: number;
    readonly values: string;
  }[];
}
interface Reference {
  readonly parameters: { readonly top: number; readonly notop: number };
  readonly trainable: number;
  readonly full: Outputs;
  readonly tiny: Outputs;
}
// made by Keras: test/references/keras_networks.py
const keras = reference<
  Record<'resnet50' | 'mobilenet_v2', Reference> & { preprocessed: Record<'caffe' | 'tf' | 'torch', number[]> }
>('keras-networks.json');

beforeAll(useTensorFlow);

/** Every layer's output at the places that the reference holds, relative to the layer's largest value. */
function expectOutputs(model: tf.LayersModel, outputs: Outputs): void {
  expectLayers(
    model,
    outputs.layers.map(({ name, kind, parameters }) => [name, kind, parameters]),
  );
  expectValues(model, outputs);
}

function expectLayers(model: tf.LayersModel, layers: readonly (readonly [string, string, number])[]): void {
  expect(model.layers.slice(1).map((layer) => [layer.name, layer.getClassName(), layer.countParams()])).toEqual(layers);
}

function expectValues(model: tf.LayersModel, { range: [low, high], size, layers }: Outputs): void {
  const pixels = drawn(size * size * 3, 0).map((u) => (low + high) / 2 + ((high - low) / 2) * u);
  tf.tidy(() => {
    const every = tf.model({
      inputs: model.inputs,
      outputs: layers.map(({ name }) => model.getLayer(name).output as tf.SymbolicTensor),
    });
    const outputs = every.predict(tf.tensor(pixels, [1, size, size, 3])) as tf.Tensor[];
    outputs.forEach((output, i) => {
      const { name, shape, largest, values } = layers[i];
      expect(output.shape.slice(1), name).toEqual(shape);
      const got = output.dataSync() as Float32Array;
      const expected = float32(values);
      expected.forEach((value, k) => {
        const at = Math.floor((k * got.length) / expected.length);
        expect(Math.abs(got[at] - value) / largest, `${name}, ${at}`).toBeLessThan(1e-4);
      });
      const found = got.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(Math.abs(found - largest) / largest, name).toBeLessThan(1e-4);
    });
  });
}

for (const network of ['resnet50', 'mobilenet_v2'] as const) {
  describe(network, () => {
    const { parameters, trainable, full, tiny } = keras[network];
    const architecture = architectureOf(network);

    it("has Keras' layers and parameters, and gives every layer's output as Keras does, at full width", () => {
      const model = buildNetwork(tf, network, architecture, { zero: true, inputSize: full.size });
      expect(model.countParams()).toBe(parameters.top);
      expect(countParameters(model)).toEqual({ total: parameters.top, trainable });
      drawWeights(model);
      expectOutputs(model, full);
      model.dispose();
    });

    it('ends in its averages without the top', () => {
      const model = buildNetwork(tf, network, architecture, { zero: true, top: false });
      expect(model.countParams()).toBe(parameters.notop);
      expect(model.outputs[0].shape).toEqual([null, network === 'resnet50' ? 2048 : 1280]);
      model.dispose();
    });

    for (const style of ['legacy', 'weights']) {
      it(`reads Keras' files (${style === 'legacy' ? 'as of keras.applications' : '.weights.h5'})`, async () => {
        const weights = await openWeights(path.join(REFERENCES, `${network}-tiny.${style}.h5`));
        const model = buildNetwork(tf, `${network}-tiny`, TINY[network], { zero: true });
        assignWeights(tf, weights, model, network);
        weights.close();
        expectOutputs(model, tiny);
        model.dispose();
      });
    }
  });
}

describe('resnet101', () => {
  // made by Keras: test/references/keras_resnet101.py
  const { parameters, trainable, layers, outputs } = reference<{
    readonly parameters: Reference['parameters'];
    readonly trainable: number;
    readonly layers: readonly (readonly [name: string, kind: string, parameters: number])[];
    readonly outputs: Outputs;
  }>('keras-resnet101.json');
  const architecture = architectureOf('resnet101');

  it("has Keras' layers and parameters, and gives every block's output as Keras does, at full width", () => {
    const model = buildNetwork(tf, 'resnet101', architecture, { zero: true, inputSize: outputs.size });
    expect(countParameters(model)).toEqual({ total: parameters.top, trainable });
    expectLayers(model, layers);
    drawWeights(model);
    expectValues(model, outputs);
    model.dispose();
  });

  it('ends in its averages without the top', () => {
    const model = buildNetwork(tf, 'resnet101', architecture, { zero: true, top: false });
    expect(model.countParams()).toBe(parameters.notop);
    expect(model.outputs[0].shape).toEqual([null, 2048]);
    model.dispose();
  });
});

describe('a file that is not what it should be', () => {
  const refused = async (file: string, architecture: Architecture, why: RegExp): Promise<void> => {
    const weights = await openWeights(path.join(REFERENCES, file));
    const model = buildNetwork(tf, 'tiny', architecture, { zero: true });
    expect(() => assignWeights(tf, weights, model, 'tiny')).toThrow(why);
    weights.close();
    model.dispose();
  };

  it('is refused where it is another network’s, whatever its layers are called', async () => {
    await refused(
      'mobilenet_v2-tiny.legacy.h5',
      TINY.resnet50,
      /expected tiny's weights, with layer "conv1_conv" of \[7, 7, 3, 64\] and \[64\]; got no such layer among Conv1, /,
    );
    await refused(
      'resnet50-tiny.legacy.h5',
      { ...TINY.resnet50, classes: 11 },
      /"predictions" of \[32, 11\] and \[11\]; got/,
    );
    await refused(
      'resnet50-tiny.weights.h5',
      { ...TINY.resnet50, stem: 32 },
      /"conv1_conv" of \[7, 7, 3, 32\].*; got \[7, 7, 3, 64\]/,
    );
  });

  it('is refused at a size that the layers do not take', () => {
    expect(() => buildNetwork(tf, 'resnet50', architectureOf('resnet50'), { inputSize: 100 })).toThrow(
      'inputSize: expected a multiple of 32 pixels; got 100.',
    );
  });
});

it("are preprocessed as Keras' modes do", () => {
  expect([architectureOf('resnet50').preprocess, architectureOf('mobilenet_v2').preprocess]).toEqual(['caffe', 'tf']);
  const picture = tf.range(0, 24).mul(10).reshape<tf.Tensor4D>([1, 2, 4, 3]);
  for (const mode of ['caffe', 'tf', 'torch'] as const) {
    const got = preprocess(picture, mode).dataSync();
    keras.preprocessed[mode].forEach((value, i) => expect(got[i], mode).toBeCloseTo(value, 4));
  }
  expect(normalizationOf('tf').channels).toBe('RGB');
});
