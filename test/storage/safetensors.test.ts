import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifar10Sample } from '../../src/data/named/cifar10-sample.ts';
import { rowCosines } from '../../src/runtime/calibrate.ts';
import { backboneOf } from '../../src/models/backbone.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { backboneToInt8Onnx } from '../../src/onnx/int8.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { md5Of } from '../../src/storage/downloads/checksum.ts';
import { expectedMd5 } from '../../src/models/networks/published-weights.ts';
import { loadNetwork, verifyWeights } from '../../src/models/networks/network.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';

const EMBEDDED = 'data/weights/vgg16-8bit.safetensors';
const ORIGINAL = process.env.GRAFT_TEST_VGG16;
let folder: string;
beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('VGG16’s weights in 8 bits', () => {
  it('are the default, and have its 13 convolutions: 14,714,688 parameters', async () => {
    const model = await loadNetwork('vgg16', { weights: EMBEDDED });
    expect(model.countParams()).toBe(14_714_688);
    expect(model.layers.at(-1)!.name).toBe('block5_pool');
    const kernel = model.getLayer('block3_conv2').getWeights()[0];
    // one scale a channel: at most 255 different values in each
    const values = (await kernel.data()).filter((_, i) => i % 256 === 7);
    expect(new Set(values).size).toBeLessThan(256);
  });

  describe.skipIf(!ORIGINAL)('beside the original ones (skipped without GRAFT_TEST_VGG16)', () => {
    let embedded: tf.LayersModel;
    let original: tf.LayersModel;
    beforeAll(async () => {
      [embedded, original] = [
        await loadNetwork('vgg16', { weights: EMBEDDED }),
        await loadNetwork('vgg16', { weights: ORIGINAL, top: false }),
      ];
    });

    it('give the same int8 backbone, in every weight', () => {
      const ranges = Object.fromEntries(original.layers.map(({ name }, i) => [name, 100 + i]));
      const parts = [embedded, original].map((model) => {
        const weights: Buffer[] = [];
        const graph = backboneToInt8Onnx(
          model,
          ranges,
          { imageSize: [32, 32], input: backboneOf(model).input },
          (bytes) => weights.push(Buffer.from(bytes)),
        );
        return { graph: Buffer.from(graph), weights: Buffer.concat(weights) };
      });
      expect(parts[0].weights.length).toBeGreaterThan(14_714_688);
      expect(parts[0].weights.equals(parts[1].weights)).toBe(true);
      expect(parts[0].graph.equals(parts[1].graph)).toBe(true);
    });

    it('give the same float32 features, to a mean cosine of 0.999', async () => {
      const n = 24;
      const pixels = await (await cifar10Sample()).test.read(0, n);
      const rows: Float32Array[] = [];
      for (const model of [embedded, original]) {
        const running = await openBackbone(backboneOf(model), { engine: 'onnx', imageSize: [32, 32] });
        rows.push(await running.run(pixels, n));
        await running.close();
      }
      const cosines = rowCosines(rows[0], rows[1], n);
      expect(cosines.reduce((a, b) => a + b, 0) / n).toBeGreaterThan(0.999);
    });
  });

  it('are refused when cut short, changed or missing, with the checksum and what brings them back', async () => {
    const md5 = expectedMd5(path.resolve(EMBEDDED))!;
    expect(await md5Of(EMBEDDED)).toBe(md5);
    const as = { expected: md5, embedded: true };
    const file = path.join(folder, 'vgg16-8bit.safetensors');
    const bytes = readFileSync(EMBEDDED);
    bytes[5_000_000] ^= 1;
    writeFileSync(file, bytes);
    await expect(verifyWeights('vgg16', file, as)).rejects.toThrow(
      new RegExp(
        `vgg16-8bit.safetensors is damaged or another file: expected MD5 ${md5}; got [0-9a-f]{32}. It comes with the project: .git checkout -- `,
      ),
    );
    writeFileSync(file, bytes.subarray(0, 1000));
    await expect(verifyWeights('vgg16', file, as)).rejects.toThrow(
      /got [0-9a-f]{32}\. .* brings it back\. `npm run download -- vgg16`/,
    );
    rmSync(file);
    await expect(verifyWeights('vgg16', file, as)).rejects.toThrow(`vgg16-8bit.safetensors is missing (MD5 ${md5}).`);
  });
});

describe('a safetensors file', () => {
  const write = (name: string, header: object | string, data = Buffer.alloc(0)): string => {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const file = path.join(folder, name);
    writeFileSync(file, Buffer.concat([length, json, data]));
    return file;
  };
  const tensor = (dtype: string, shape: number[], from: number, to: number): object => ({
    dtype,
    shape,
    data_offsets: [from, to],
  });

  it('is read: float32 as it is, 8 bits as shares of the largest weight of each output channel', async () => {
    const data = Buffer.concat([
      Buffer.from(new Float32Array([12.7, 2, 0.5]).buffer),
      Buffer.from(new Int8Array([127, 64, -127, 1]).buffer),
    ]);
    const file = write(
      'right.safetensors',
      {
        'fc/kernel': tensor('I8', [2, 2], 12, 16),
        'fc/kernel_largest': tensor('F32', [2], 0, 8),
        'fc/bias': tensor('F32', [1], 8, 12),
      },
      data,
    );
    const [kernel, bias] = (await openWeights(file)).layers.get('fc')!;
    expect(Array.from(kernel.read())).toEqual([
      Math.fround(12.7),
      Math.fround((64 * 2) / 127),
      -Math.fround(12.7),
      Math.fround(2 / 127),
    ]);
    expect(Array.from(bias.read())).toEqual([0.5]);
  });

  it('is refused when its header, offsets or scales are not right', async () => {
    const refused = (file: string, why: RegExp): Promise<void> => expect(openWeights(file)).rejects.toThrow(why);
    await refused(
      write('json.safetensors', '{"a"'),
      /json\.safetensors: expected weights in the safetensors format; its header is no JSON\. The file is damaged/,
    );
    await refused(write('list.safetensors', '[1]'), /its header is no object/);
    await refused(
      write('dtype.safetensors', { 'a/kernel': tensor('BF16', [1], 0, 2) }),
      /"a\/kernel" is none of I8, F32/,
    );
    await refused(
      write('past.safetensors', { 'a/kernel': tensor('F32', [2], 0, 8) }, Buffer.alloc(4)),
      /takes 8 bytes, and 0 to 8 of 4 are named/,
    );
    await refused(
      write('scales.safetensors', { 'a/kernel': tensor('I8', [1, 2], 0, 2) }, Buffer.alloc(2)),
      /"a\/kernel_largest", the scales of "a\/kernel", are missing/,
    );
    writeFileSync(path.join(folder, 'short.safetensors'), Buffer.alloc(5));
    await refused(path.join(folder, 'short.safetensors'), /it has 5 bytes, which hold no header/);
    await refused(path.join(folder, 'none.safetensors'), /cannot be read \(ENOENT\)/);
  });
});
