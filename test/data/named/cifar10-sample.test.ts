import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifar10 } from '../../../src/data/named/cifar10.ts';
import { cifar10Sample, SAMPLE_FOLDER } from '../../../src/data/named/cifar10-sample.ts';
import type { Dataset } from '../../../src/data/dataset.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sample-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const pictures = ({ keys, labels }: Dataset): string[] =>
  Array.from(labels, (label, i) => `${label} ${Buffer.from(keys.subarray(16 * i, 16 * (i + 1))).toString('hex')}`);

describe('the sample of CIFAR-10 that comes with the project', () => {
  it('has 2,000 training and 1,000 test images, as many of each class, none twice', async () => {
    for (const [split, n] of [
      ['train', 2000],
      ['test', 1000],
    ] as const) {
      const images = (await cifar10Sample())[split];
      expect([images.n, ...images.imageSize]).toEqual([n, 32, 32]);
      const counts = images.classNames.map((_, k) => images.labels.filter((label) => label === k).length);
      expect(counts).toEqual(Array.from({ length: 10 }, () => n / 10));
      expect(new Set(pictures(images)).size).toBe(n);
    }
  });

  it.skipIf(!process.env.GRAFT_TEST_CIFAR10)(
    'holds images of CIFAR-10, pixel by pixel, with their labels (skipped without GRAFT_TEST_CIFAR10)',
    async () => {
      for (const split of ['train', 'test'] as const) {
        const whole = new Set(pictures((await cifar10({ folder: process.env.GRAFT_TEST_CIFAR10 }))[split]));
        expect(pictures((await cifar10Sample())[split]).filter((picture) => !whole.has(picture))).toEqual([]);
      }
    },
  );

  it('is refused when a sheet is cut short, changed or missing, with what brings it back', async () => {
    cpSync(SAMPLE_FOLDER, folder, { recursive: true });
    const sheet = path.join(folder, 'test.png');
    const whole = readFileSync(sheet);
    const again =
      /test\.png, a part of the project, is missing or damaged: .*`git checkout -- data\/cifar10-sample`.*npm run download/;
    writeFileSync(sheet, whole.subarray(0, 1_000_000));
    await expect(cifar10Sample({ folder })).rejects.toThrow(again);
    writeFileSync(sheet, readFileSync(path.join(folder, 'train.png')));
    await expect(cifar10Sample({ folder })).rejects.toThrow(/expected 1600×640×3; got 1600×1280×3/);
    rmSync(sheet);
    await expect(cifar10Sample({ folder })).rejects.toThrow(again);
    writeFileSync(sheet, whole);
    const facts = path.join(folder, 'sample.json');
    writeFileSync(facts, readFileSync(facts, 'utf8').replace('"labels": "0', '"labels": "1'));
    await expect(cifar10Sample({ folder })).rejects.toThrow(
      /train\.png.*its images have SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}/,
    );
    writeFileSync(facts, '{');
    await expect(cifar10Sample({ folder })).rejects.toThrow(/sample\.json, a part of the project/);
  });
});
