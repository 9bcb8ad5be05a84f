import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { take } from '../../src/data/images.ts';
import { shapes10 } from '../../src/data/shapes10.ts';
import { calibrate, hasInt8Instructions, rowCosines } from '../../src/runtime/calibrate.ts';
import { openEngine } from '../../src/runtime/engine.ts';
import { extractFeatures, fingerprint } from '../../src/features/extract.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { loadNetwork } from '../../src/models/network.ts';
import { cutAt } from '../../src/models/surgery.ts';

const images = shapes10({ size: 80 });
const test = shapes10({ size: 32, split: 'test' });
const options = { kernel: 'bicubic', preprocess: 'caffe' } as const;
let mini: tf.LayersModel;
let cache: string;

beforeAll(async () => {
  await useTensorFlow();
  mini = await loadNetwork('vgg19-mini');
});
beforeEach(() => void (cache = mkdtempSync(path.join(os.tmpdir(), 'int8-'))));
afterEach(() => rmSync(cache, { recursive: true }));

// without these instructions 8-bit sums overflow, and Graft refuses
describe.skipIf(!hasInt8Instructions())('the int8 backbone', () => {
  it('agrees with float32 at convolutions, pools and fully connected layers, preprocessed or not', async () => {
    for (const cut of ['block1_conv1', 'block3_pool', 'block5_pool', 'flatten', 'fc1', 'fc2', 'predictions']) {
      for (const preprocess of ['caffe', 'none'] as const) {
        const backbone = cutAt(mini, cut);
        const { agreement, images: used } = await calibrate(backbone, images, { ...options, preprocess, fingerprint: cut, cache });
        expect(used).toEqual([64, 16]);
        expect(agreement, `${cut}, ${preprocess}`).toBeGreaterThan(0.998);
      }
    }
  });

  it('loses nothing to 8-bit input: the first layer is right up to the borders', async () => {
    const backbone = cutAt(mini, 'block1_conv1');
    const { ranges } = await calibrate(backbone, images, { ...options, fingerprint: 'x', cache });
    const results: Float32Array[] = [];
    for (const int8 of [undefined, ranges]) {
      const engine = await openEngine('onnx', backbone, { ...options, imageSize: [32, 32], int8 });
      results.push(await engine.run(test.pixels, 32));
      await engine.release();
    }
    // half a step of the output, and what 8-bit weights cost; a wrong border would show as tens of steps
    const step = ranges.block1_conv1 / 255;
    const [float, int8] = results;
    let worst = 0;
    for (let y = 0; y < 64; y++) for (const x of [0, 1, 62, 63]) for (let c = 0; c < 16; c++) worst = Math.max(worst, Math.abs(float[(y * 64 + x) * 16 + c] - int8[(y * 64 + x) * 16 + c])); // prettier-ignore
    expect(worst / step).toBeLessThan(4);
  });

  it('is what "auto" takes where calibration images are given, and keeps its features apart', async () => {
    const backbone = cutAt(mini, 'fc2');
    const exact = await extractFeatures(backbone, test, { cache });
    const int8 = await extractFeatures(backbone, test, { cache, calibration: images });
    expect(exact.engine).toMatch(/float32$/);
    expect(int8.engine).toMatch(/int8 \(agrees with float32 to 0\.999\d\)$/);
    expect(int8.file).not.toBe(exact.file);
    const every = Array.from({ length: 32 }, (_, i) => i);
    const cosines = rowCosines(exact.rows(every), int8.rows(every), 32);
    expect(Math.min(...cosines)).toBeGreaterThan(0.999);
    expect((await extractFeatures(backbone, test, { cache, calibration: images, precision: 'float32' })).cached).toBe(32);
  });

  it('cuts ranges at a percentile of all values where asked to', async () => {
    const backbone = cutAt(mini, 'block1_conv1');
    const asked = { ...options, fingerprint: 'p', cache };
    const [all, most] = [await calibrate(backbone, images, asked), await calibrate(backbone, images, { ...asked, percentile: 99.9 })];
    // the same, counted by hand: 64 images of 64 × 64 × 16 values
    const engine = await openEngine('onnx', backbone, { ...options, imageSize: [32, 32] });
    const values = (await engine.run(images.pixels.subarray(0, 64 * 3072), 64)).sort().reverse();
    await engine.release();
    expect(all.ranges.block1_conv1).toBeCloseTo(values[0], 3);
    expect(most.ranges.block1_conv1).toBeCloseTo(values[Math.floor(values.length / 1000)], 3);
    expect(most.agreement).toBeGreaterThan(0.99);
    await expect(calibrate(backbone, images, { ...asked, percentile: 50 })).rejects.toThrow('calibrationPercentile: expected a number from 99 to 100; got 50');
  });

  it('keeps its calibration, and makes a damaged one again', async () => {
    const backbone = cutAt(mini, 'block2_pool');
    const asked = { ...options, fingerprint: fingerprint(backbone), cache };
    const first = await calibrate(backbone, images, asked);
    const file = path.join(cache, 'calibration', readdirSync(path.join(cache, 'calibration'))[0]);
    expect(await calibrate(backbone, images, asked)).toEqual(first);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"block1_conv1": \d/, '"block1_conv1": 9'));
    expect(await calibrate(backbone, images, asked)).toEqual(first);
    writeFileSync(file, '{"ranges"');
    expect(await calibrate(backbone, images, asked)).toEqual(first);
  });

  it('says what it needs', async () => {
    const backbone = cutAt(mini, 'fc2');
    await expect(extractFeatures(backbone, test, { cache, precision: 'int8' })).rejects.toThrow(
      /int8 cannot be used: no calibration images were given.*calibration: subset/,
    );
    await expect(extractFeatures(backbone, test, { cache, precision: 'int8', calibration: images, engine: 'tensorflow' })).rejects.toThrow(
      /the engine is tensorflow/,
    );
    await expect(extractFeatures(backbone, test, { cache, precision: 'int8', calibration: take(images, 20) })).rejects.toThrow(
      /calibration: expected 32 images or more/,
    );
    await expect(extractFeatures(backbone, test, { cache, precision: 'int4' as 'int8' })).rejects.toThrow(
      /precision: expected one of auto, float32, int8; got "int4"/,
    );
    const input = tf.input({ shape: [32, 32, 3] });
    const other = tf.model({
      inputs: input,
      outputs: tf.layers.conv2d({ name: 'odd', filters: 2, kernelSize: 2, activation: 'relu' }).apply(input) as tf.SymbolicTensor,
    });
    await expect(extractFeatures(other, test, { cache, precision: 'int8', calibration: images })).rejects.toThrow(
      /int8: layer "odd" \(Conv2D\) has no 8-bit form/,
    );
    expect((await extractFeatures(other, test, { cache, calibration: images })).engine).toMatch(/float32$/);
  });
});
