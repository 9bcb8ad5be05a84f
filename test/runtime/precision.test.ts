import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDataset, take } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { subset } from '../../src/data/subset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { hasInt8Instructions } from '../../src/host/machine.ts';
import { backboneOf, rangesHash } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { rowCosines } from '../../src/runtime/calibrate.ts';
import { atPrecision } from '../../src/runtime/precision.ts';

const { train: images, test } = shapes10({ train: 200, test: 40 });
let mini: tf.LayersModel;
let cache: string;
beforeAll(async () => {
  mini = await loadNetwork('vgg19-mini');
});
beforeEach(() => void (cache = mkdtempSync(path.join(os.tmpdir(), 'precision-'))));
afterEach(() => rmSync(cache, { recursive: true }));

const chosen = (of = images, options = {}) =>
  atPrecision(backboneOf(cutAt(mini, 'fc2')), of, { engine: 'onnx', cache, ...options });
const kept = (): string[] => {
  const root = path.join(cache, 'calibration');
  return readdirSync(root).flatMap((folder) =>
    readdirSync(path.join(root, folder)).map((name) => path.join(root, folder, name)),
  );
};

describe.skipIf(!hasInt8Instructions())('the precision of a backbone (skipped without 8-bit instructions)', () => {
  it('is int8 by default, close to float32, and its features are kept apart', async () => {
    const exact = await extractFeatures(cutAt(mini, 'fc2'), test, { cache, precision: 'float32' });
    const int8 = await extractFeatures(cutAt(mini, 'fc2'), test, { cache });
    expect(exact.origin!.engine).toMatch(/float32$/);
    expect(int8.origin!.engine).toMatch(/int8 \(agrees with float32 to 0\.999\d\)$/);
    expect(int8.origin!.folder).not.toBe(exact.origin!.folder);
    const every = Array.from({ length: 40 }, (_, i) => i);
    expect(Math.min(...rowCosines(await exact.rows(every), await int8.rows(every), 40))).toBeGreaterThan(0.999);
    expect((await extractFeatures(cutAt(mini, 'fc2'), test, { cache, precision: 'float32' })).origin!.cached).toBe(40);
  });

  it('is calibrated once: another subset, seed or a grown data set uses the same ranges', async () => {
    const first = await chosen(take(images, 60));
    for (const of of [subset(images, { size: 60, seed: 3 }), images, test]) {
      const again = await chosen(of);
      expect(again.backbone.id).toBe(first.backbone.id);
    }
    expect(kept().filter((file) => !file.endsWith('.check.json'))).toHaveLength(1);
    expect(kept().filter((file) => file.endsWith('.check.json')).length).toBeGreaterThan(2);
  });

  it('and anew for pictures on which the ranges do not hold', async () => {
    const dark = makeDataset({
      ...images,
      pixels: (await images.read(0, 60)).map((level) => level >> 4),
      labels: images.labels.slice(0, 60),
    });
    const narrow = await chosen(dark);
    const wide = await chosen(images);
    const { agreement } = wide.backbone.int8!;
    expect(agreement).toBeGreaterThan(0.995);
    // whether the dark ones' ranges hold is measured, not assumed
    if (wide.backbone.id !== narrow.backbone.id)
      expect(rangesHash(wide.backbone.int8!)).not.toBe(rangesHash(narrow.backbone.int8!));
    for (const [layer, range] of Object.entries(wide.backbone.int8!.ranges)) expect(range, layer).toBeGreaterThan(0);
  });

  it('makes a damaged calibration again, the same', async () => {
    const first = await chosen();
    const [file] = kept().filter((name) => !name.endsWith('.check.json'));
    for (const text of [readFileSync(file, 'utf8').replace(/"block1_conv1": \d/, '"block1_conv1": 9'), '{"ranges"']) {
      writeFileSync(file, text);
      expect((await chosen()).backbone.id).toBe(first.backbone.id);
    }
  });

  it('says what int8 needs', async () => {
    await expect(chosen(images, { precision: 'int8', engine: 'tensorflow' })).rejects.toThrow(
      /int8 cannot be used: the engine is tensorflow/,
    );
    await expect(chosen(take(images, 20), { precision: 'int8' })).rejects.toThrow(
      /32 images or more are needed to calibrate it, and shapes10 train, first 20 has 20\. Use .* or give more images/,
    );
    expect((await chosen(take(images, 20))).text).toBe('float32');
    await expect(chosen(images, { precision: 'int4' })).rejects.toThrow(
      /precision: expected one of auto, float32, bfloat16, int8; got "int4"/,
    );
    const input = tf.input({ shape: [32, 32, 3] });
    const convolved = tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu' }).apply(input);
    const odd = tf.layers.batchNormalization({ name: 'odd' }).apply(convolved) as tf.SymbolicTensor; // not folded
    const other = backboneOf(tf.model({ inputs: input, outputs: odd }));
    const asked = { engine: 'onnx', cache } as const;
    await expect(atPrecision(other, images, { ...asked, precision: 'int8' })).rejects.toThrow(
      /int8: layer "odd" \(BatchNormalization\) has no 8-bit form/,
    );
    expect((await atPrecision(other, images, asked)).text).toBe('float32');
  });
});
