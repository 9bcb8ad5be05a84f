import { mkdtempSync, rmSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifar10 } from '../../../src/data/named/cifar10.ts';
import { findCifar10 } from '../../../src/data/named/cifar10-files.ts';

const RECORD = 3073;
const NAMES = [
  'data_batch_1.bin',
  'data_batch_2.bin',
  'data_batch_3.bin',
  'data_batch_4.bin',
  'data_batch_5.bin',
  'test_batch.bin',
];
let folder: string;

/** A batch in which record i has label i % 10 and its red, green and blue planes hold i, i + 1 and i + 2 (mod 256). */
function batch(): Buffer {
  const bytes = Buffer.alloc(10_000 * RECORD);
  for (let i = 0; i < 10_000; i++) {
    bytes[i * RECORD] = i % 10;
    for (let c = 0; c < 3; c++) bytes.fill((i + c) % 256, i * RECORD + 1 + c * 1024, i * RECORD + 1 + (c + 1) * 1024);
  }
  bytes[1 + 33] = 77; // image 0, red, row 1, column 1
  return bytes;
}

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cifar-'));
  for (const name of NAMES) writeFileSync(path.join(folder, name), batch());
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('cifar10', () => {
  it('reads planes into interleaved pixels, with labels and names', async () => {
    const { test } = await cifar10({ folder });
    expect([test.n, ...test.imageSize]).toEqual([10_000, 32, 32]);
    const first = await test.read(0, 1);
    expect([...first.subarray(0, 3)]).toEqual([0, 1, 2]);
    expect([...first.subarray((32 + 1) * 3, (32 + 1) * 3 + 3)]).toEqual([77, 1, 2]);
    expect([...(await test.at([300])).subarray(0, 3)]).toEqual([44, 45, 46]);
    expect(test.labels[9_999]).toBe(9);
    expect(test.classNames[3]).toBe('cat');
  });

  it('puts five batches one after the other for training', async () => {
    const { train } = await cifar10({ folder });
    expect(train.n).toBe(50_000);
    expect([...(await train.at([40_300])).subarray(0, 3)]).toEqual([44, 45, 46]);
    expect(train.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names file, expected and found size of a truncated or padded batch', async () => {
    const file = path.join(folder, 'test_batch.bin');
    truncateSync(file, 30_729_000);
    await expect(cifar10({ folder })).rejects.toThrow(
      /test_batch\.bin: expected 30730000 bytes, 10000 records of 3073; got 30729000/,
    );
    writeFileSync(file, batch());
    appendFileSync(file, 'x');
    await expect(cifar10({ folder })).rejects.toThrow(/expected 30730000 bytes.*got 30730001/);
    writeFileSync(file, batch());
  });

  it('names file, record and value of a label over 9', async () => {
    const file = path.join(folder, 'data_batch_3.bin');
    const bytes = batch();
    bytes[17 * RECORD] = 10;
    writeFileSync(file, bytes);
    await expect(cifar10({ folder })).rejects.toThrow(
      /data_batch_3\.bin: expected labels 0\.\.9; record 17 \(byte 52241\) has 10/,
    );
    writeFileSync(file, batch());
  });

  it('holds the batches to the checksums beside them, where there are any', async () => {
    const sums = path.join(folder, 'SHA256SUMS');
    const sum = createHash('sha256').update(batch()).digest('hex');
    writeFileSync(sums, NAMES.map((name) => `${sum}  ${name}\n`).join(''));
    await cifar10({ folder });
    const bytes = batch();
    bytes[RECORD + 9] ^= 1;
    writeFileSync(path.join(folder, 'test_batch.bin'), bytes);
    await expect(cifar10({ folder })).rejects.toThrow(
      /test_batch\.bin is damaged: its checksum differs from that in SHA256SUMS/,
    );
    writeFileSync(path.join(folder, 'test_batch.bin'), batch());
    rmSync(sums);
  });

  it('names a missing batch', async () => {
    rmSync(path.join(folder, 'data_batch_5.bin'));
    await expect(cifar10({ folder })).rejects.toThrow(/data_batch_5\.bin is missing/);
    writeFileSync(path.join(folder, 'data_batch_5.bin'), batch());
  });

  it('refuses a CIFAR10_DIR without CIFAR-10 instead of taking something else', () => {
    process.env.CIFAR10_DIR = os.tmpdir();
    expect(() => findCifar10()).toThrow(/CIFAR10_DIR: expected a folder with data_batch_1\.bin/);
    process.env.CIFAR10_DIR = '';
  });

  it('takes an empty CIFAR10_DIR as none, as an empty VGG19_WEIGHTS is', () => {
    const before = process.env.GRAFT_DATA;
    process.env.GRAFT_DATA = folder;
    try {
      expect(findCifar10()).toBe(folder);
    } finally {
      if (before === undefined) delete process.env.GRAFT_DATA;
      else process.env.GRAFT_DATA = before;
    }
  });
});

/** Set by CI where the real data set is there. */
const real = process.env.GRAFT_TEST_CIFAR10;

it.skipIf(!real)('has the channel means of the real test images', async () => {
  const { test } = await cifar10({ folder: real });
  const pixels = await test.read(0, test.n);
  const sums = [0, 0, 0];
  pixels.forEach((value, i) => (sums[i % 3] += value));
  // ../shared/data/README.md: 0.4942, 0.4851, 0.4504
  expect(sums.map((sum) => Number((sum / (pixels.length / 3) / 255).toFixed(4)))).toEqual([0.4942, 0.4851, 0.4504]);
});
