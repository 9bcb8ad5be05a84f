import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import type { VggArchitecture } from '../../src/models/networks/networks.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { assignWeights } from '../../src/models/weights.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';
import { float32, reference, REFERENCES, relativeError } from '../references/read.ts';
import { tensorsInUse } from '../tensors.ts';

interface Packed {
  readonly shape: number[];
  readonly float32: string;
}

const TINY: VggArchitecture = {
  family: 'vgg',
  convolutions: [2, 2, 4, 4, 4],
  widths: [4, 6, 8, 10, 12],
  units: 24,
  classes: 10,
  inputSize: 32,
  preprocess: 'caffe',
};
// made by Keras: test/references/keras_vgg.py
const keras = reference<{ x: Packed; outputs: Record<string, Packed> }>('vgg19-tiny.json');
const MINI = 'data/weights/vgg19-mini.h5';
let folder: string;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'weights-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('weights from a Keras file', () => {
  for (const style of ['keras2', 'official']) {
    it(`give every layer's output and the predictions as Keras does (${style} names)`, async () => {
      const weights = await openWeights(path.join(REFERENCES, `vgg19-tiny.${style}.h5`));
      const model = buildNetwork(tf, 'vgg19-tiny', TINY, { zero: true });
      assignWeights(tf, weights, model, 'vgg19-tiny');
      weights.close();
      const every = tf.model({
        inputs: model.inputs,
        outputs: model.layers.slice(1).map((layer) => layer.output as tf.SymbolicTensor),
      });
      const outputs = every.predict(tf.tensor(float32(keras.x.float32), keras.x.shape)) as tf.Tensor[];
      expect(model.layers.slice(1).map((layer) => layer.name)).toEqual(Object.keys(keras.outputs));
      outputs.forEach((output, i) => {
        const expected = keras.outputs[model.layers[i + 1].name];
        expect(output.shape).toEqual(expected.shape);
        expect(relativeError(output.dataSync(), float32(expected.float32)), model.layers[i + 1].name).toBeLessThan(
          1e-4,
        );
      });
    });
  }

  it('of the embedded network are read, with and without its top', async () => {
    const whole = await loadNetwork('vgg19-mini');
    expect(whole.layers.at(-1)!.name).toBe('predictions');
    const noTop = await loadNetwork('vgg19-mini', { top: false, inputSize: 96 });
    expect(noTop.layers.at(-1)!.name).toBe('block5_pool');
    expect(noTop.outputs[0].shape).toEqual([null, 3, 3, 128]);
    const [a, b] = [whole, noTop].map((model) => model.getLayer('block3_conv2').getWeights()[0].dataSync());
    expect(a).toEqual(b);
  });

  it('leaves no tensor behind when they do not fit', async () => {
    const before = await tensorsInUse();
    await expect(loadNetwork('vgg16', { weights: MINI })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a file that is not what it should be', () => {
  const file = (name: string): string => path.join(folder, name);

  it("is refused when it is another network's", async () => {
    await expect(loadNetwork('vgg16', { weights: MINI })).rejects.toThrow(
      /vgg19-mini\.h5: expected vgg16's weights, with layer "block1_conv1" of \[3, 3, 3, 64\] and \[64\]; got \[3, 3, 3, 16\] and \[16\]\. This is another network's file/,
    );
  });

  it('is refused when it is truncated', async () => {
    copyFileSync(MINI, file('short.h5'));
    truncateSync(file('short.h5'), statSync(MINI).size - 100_000);
    await expect(loadNetwork('vgg19-mini', { weights: file('short.h5') })).rejects.toThrow(
      /short\.h5: expected 3132195 bytes; got 3032195\. The file is truncated/,
    );
  });

  it('is refused when it is a web page, empty, or something else', async () => {
    writeFileSync(file('page.h5'), '<!DOCTYPE html><html><body>404</body></html>');
    await expect(loadNetwork('vgg19-mini', { weights: file('page.h5') })).rejects.toThrow(
      /page\.h5: expected a Keras HDF5 weights file; it is a web page/,
    );
    writeFileSync(file('empty.h5'), '');
    await expect(loadNetwork('vgg19-mini', { weights: file('empty.h5') })).rejects.toThrow(/an empty file/);
    writeFileSync(file('zip.h5'), 'PK\x03\x04');
    await expect(loadNetwork('vgg19-mini', { weights: file('zip.h5') })).rejects.toThrow(
      /zip\.h5: expected a Keras model or its weights; it is a ZIP archive that is cut short: .*save_weights/,
    );
    await expect(loadNetwork('vgg19-mini', { weights: file('none.h5') })).rejects.toThrow(
      /none\.h5: .*cannot be read \(ENOENT\)/,
    );
  });

  it('is refused when the top is asked for and not there', async () => {
    const weights = await openWeights(path.join(REFERENCES, 'vgg19-tiny.official.h5'));
    const model = buildNetwork(tf, 'x', { ...TINY, units: 25 }, { zero: true });
    expect(() => assignWeights(tf, weights, model, 'x')).toThrow(
      /layer "fc1" of \[12, 25\] and \[25\]; got \[12, 24\] and \[24\]/,
    );
    weights.close();
  });

  it('is named when a variable points to nothing', async () => {
    process.env.VGG16_WEIGHTS = '/nowhere/vgg16.h5';
    await expect(loadNetwork('vgg16')).rejects.toThrow(
      /VGG16_WEIGHTS: expected a file of weights; "\/nowhere\/vgg16\.h5" does not exist/,
    );
    process.env.VGG16_WEIGHTS = '';
    process.env.GRAFT_DATA = folder;
    await expect(loadNetwork('vgg19')).rejects.toThrow(
      /weights of vgg19 were not found: expected VGG19_WEIGHTS .*npm run download -- vgg19/,
    );
    delete process.env.GRAFT_DATA;
  });
});

it('the embedded weights are the published ones', async () => {
  const { createHash } = await import('node:crypto');
  expect(createHash('md5').update(readFileSync(MINI)).digest('hex')).toBe('bc5e62369786abe0e4286ac068c769e5');
});
