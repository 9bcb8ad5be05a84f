import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildNetwork } from '../../src/models/networks/build-network.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { architectureOf, type VggArchitecture } from '../../src/models/networks/networks.ts';
import { assignWeights } from '../../src/models/weights.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';
import { float32, reference, REFERENCES, relativeError } from '../references/read.ts';

const TINY: VggArchitecture = {
  family: 'vgg',
  convolutions: [2, 2, 4, 4, 4],
  widths: [4, 5, 6, 6, 6],
  units: 8,
  classes: 3,
  inputSize: 32,
  preprocess: 'caffe',
};
interface Packed {
  readonly shape: number[];
  readonly float32: string;
}
// made by Keras: test/references/keras_files.py
const keras = reference<{ x: Packed; block5_pool: Packed }>('keras-files.json');
const saved = (name: string): string => path.join(REFERENCES, 'keras-files', name);

let folder: string;
beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'keras-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How far what a file gives is from Keras' own output. */
async function errorOf(file: string): Promise<number> {
  const model = buildNetwork(tf, 'vgg19-tiny', TINY, { top: false, zero: true });
  const weights = await openWeights(file);
  try {
    assignWeights(tf, weights, model, 'vgg19-tiny');
    const output = model.predict(tf.tensor(float32(keras.x.float32), keras.x.shape)) as tf.Tensor;
    return relativeError(await output.data(), float32(keras.block5_pool.float32));
  } finally {
    weights.close();
    model.dispose();
  }
}

describe('weights as people save them', () => {
  it('with other names are read by each class’ own numbers, conv2d_2 before conv2d_10', async () => {
    expect(await errorOf(saved('renamed.weights.h5'))).toBeLessThan(1e-5);
  });

  it('are refused where names and numbers contradict each other', async () => {
    await expect(errorOf(saved('moved.weights.h5'))).rejects.toThrow(/got no such layer among first, second, block2/);
  });

  it('in float16 are read', async () => {
    expect(await errorOf(saved('half.weights.h5'))).toBeLessThan(1e-2);
  });

  it.each(['sequential.keras', 'sequential.weights.h5', 'sequential.h5'])(
    'of a network inside a Sequential are read, its head left out (%s)',
    async (name) => {
      expect(await errorOf(saved(name))).toBeLessThan(1e-5);
    },
  );

  it('in an archive that is none of Keras’ are refused, and nobody is told to delete it', async () => {
    const zip = path.join(folder, 'mine.keras');
    copyFileSync(saved('sequential.keras'), zip);
    const bytes = Buffer.from('PK\x03\x04 an archive, cut short');
    writeFileSync(zip, bytes);
    const said = await errorOf(zip).catch((error: Error) => error.message);
    expect(said).toMatch(/mine\.keras: expected a Keras model or its weights; .*save_weights\('mine\.weights\.h5'\)/);
    expect(said).not.toMatch(/[Dd]elete|npm run download/);
  });

  it('of one’s own classes are read with as many of them, and a head of one’s own is no top', async () => {
    const own = buildNetwork(tf, 'mine', { ...architectureOf('vgg19-mini'), classes: 4 });
    const file = path.join(folder, 'four.safetensors');
    writeSafetensors(own, file);
    const loaded = await loadNetwork('vgg19-mini', { weights: file });
    expect(loaded.outputs[0].shape).toEqual([null, 4]);
    expect((await loaded.getLayer('predictions').getWeights()[0].data()).slice(0, 9)).toEqual(
      (await own.getLayer('predictions').getWeights()[0].data()).slice(0, 9),
    );
  });
});

function writeSafetensors(model: tf.LayersModel, file: string): void {
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const layer of model.layers)
    layer.getWeights().forEach((weight, k) => {
      const values = weight.dataSync();
      parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      header[`${layer.name}/${k ? 'bias' : 'kernel'}`] = {
        dtype: 'F32',
        shape: weight.shape,
        data_offsets: [at, (at += values.byteLength)],
      };
    });
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text, ...parts]));
}
