import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect } from 'vitest';
import { backboneOf } from '../../src/models/backbone.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { vgg19 } from '../../src/models/networks/network.ts';
import { itWithPeers } from '../peers.ts';
import { REFERENCES, relativeError } from '../references/read.ts';

let folder: string;

beforeAll(useTensorFlow);
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'vgg19-'))));
afterAll(() => rmSync(folder, { recursive: true }));

itWithPeers(
  'VGG19 at full size gives every layer’s output as Keras does, in both engines, within three times its size in memory',
  async (python) => {
    await promisify(execFile)(python, [path.join(REFERENCES, 'keras_vgg.py'), '--full', folder]);
    const values = (name: string): Float32Array => {
      const bytes = readFileSync(path.join(folder, `${name}.f32`));
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    };
    const file = path.join(folder, 'vgg19-full.h5');
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const model = await vgg19({ weights: file });
    const seconds = (performance.now() - started) / 1000;
    const peak = process.resourceUsage().maxRSS * 1024 - before;
    console.log(
      `VGG19 loaded in ${seconds.toFixed(1)} s; peak memory ${(peak / 2 ** 20).toFixed(0)} MiB over the start (file: ${(574.7e6 / 2 ** 20).toFixed(0)} MiB)`,
    );
    expect(peak).toBeLessThan(3 * 574_710_816);
    expect(model.countParams()).toBe(143_667_240);

    const every = tf.model({
      inputs: model.inputs,
      outputs: model.layers.slice(1).map((layer) => layer.output as tf.SymbolicTensor),
    });
    const outputs = every.predict(tf.tensor(values('x'), [1, 224, 224, 3])) as tf.Tensor[];
    outputs.forEach((output, i) => {
      const { name } = model.layers[i + 1];
      expect(relativeError(output.dataSync(), values(name)), name).toBeLessThan(1e-4);
    });
    // both engines on the same bytes
    const bytes = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256);
    const results: Float32Array[] = [];
    for (const engine of ['onnx', 'tensorflow'] as const) {
      const running = await openBackbone(backboneOf(model), { engine, imageSize: [32, 32] });
      results.push(await running.run(bytes, 1));
      await running.close();
    }
    const [onnx, tensorflow] = results;
    expect(relativeError(onnx, tensorflow)).toBeLessThan(1e-4);
  },
  { skip: process.env.GRAFT_TEST_FULL_SIZE ? undefined : 'writes 575 MB; with GRAFT_TEST_FULL_SIZE=1 it runs' },
);
