import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { secondsPerImage } from '../../src/runtime/speed.ts';
import { liveViews } from '../../src/features/live-views.ts';
import { extractViews, firstViews, joinViews } from '../../src/features/views.ts';
import { augmented } from '../../src/data/augmented.ts';
import { backboneOf } from '../../src/models/backbone.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { evaluate, predictProbabilities } from '../../src/training/evaluation/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import { buildHead } from '../../src/models/head.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { relativeError } from '../references/read.ts';
import { tensorsInUse } from '../tensors.ts';

const images = shapes10({ train: 30 }).train;
const how = { rotationRange: 15, horizontalFlip: true } as const;
const cache = mkdtempSync(path.join(os.tmpdir(), 'views-'));
let backbone: tf.LayersModel;
beforeAll(async () => {
  await useTensorFlow();
  backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
});
afterAll(() => rmSync(cache, { recursive: true }));

describe('views', () => {
  it('are the features of augmented images, kept as any others are, and extended by more views', async () => {
    const dones: [number, number, number][] = [];
    const two = await extractViews(backbone, images, how, {
      views: 2,
      cache,
      progress: ({ done, total, cached }) => dones.push([done, total, cached ?? 0]),
    });
    expect(dones.at(-1)).toEqual([60, 60, 0]);
    const direct = await extractFeatures(backbone, augmented(images, how, { view: 1 }), { cache });
    expect(direct.origin!.cached).toBe(30);
    expect(await two.rows([3, 7], [1, 1])).toEqual(await direct.rows([3, 7]));
    const three = await extractViews(backbone, images, how, { views: 3, cache });
    expect(three.each.map(({ origin }) => origin!.cached)).toEqual([30, 30, 0]);
    expect(three.views).toBe(3);
    expect(three.id).not.toBe(two.id);
    const rows = [await three.each[2].rows([5]), await three.each[0].rows([5]), await three.each[1].rows([9])];
    expect(await three.rows([5, 5, 9], [2, 0, 1])).toEqual(Float32Array.from(rows.flatMap((row) => [...row])));
  });

  it('are read as the mean over the views of each image, where no view is named', async () => {
    const two = await extractViews(backbone, images, { horizontalFlip: 1 }, { views: 2, original: true, cache });
    const [plain, mirrored] = [await two.rows([3, 9], [0, 0]), await two.rows([3, 9], [1, 1])];
    expect(await two.rows([3, 9])).toEqual(plain.map((value, i) => Math.fround(value + mirrored[i]) / 2));
  });

  it('may begin with the image as it is, and be drawn in one resampling with the upscaling', async () => {
    const plain = await extractFeatures(backbone, images, { cache });
    const views = await extractViews(backbone, images, how, { views: 2, original: true, cache });
    expect(await views.rows([4], [0])).toEqual(await plain.rows([4]));
    const composed = await extractViews(backbone, images, {}, { views: 1, warp: 'network', cache });
    // nothing happens to the picture: the same but for rounding at the borders of tiles
    const [a, b] = [await plain.rows([0]), await composed.rows([0])];
    const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.995);
  });

  it('train a head, and a test takes the mean of what each says', async () => {
    const views = await extractViews(backbone, images, how, { views: 2, cache });
    const head = buildHead(views.shape.slice(1), { classes: 10, dropout: 0 });
    expect((await fit(head, views, { epochs: 5 })).epochs.at(-1)!.accuracy).toBeGreaterThan(0.6);
    const [first, second] = [
      await predictProbabilities(head, views.each[0]),
      await predictProbabilities(head, views.each[1]),
    ];
    const { probabilities } = await evaluate(head, views);
    probabilities.forEach((value, i) => expect(value).toBeCloseTo((first[i] + second[i]) / 2, 6));
  });

  it('say what does not fit', async () => {
    await expect(extractViews(backbone, images, how, { views: 0, cache })).rejects.toThrow(
      'views: expected a whole number from 1; got 0.',
    );
    await expect(extractViews(backbone, images, { zoomRange: 2 }, { views: 1, cache })).rejects.toThrow('zoomRange');
    const other = await extractFeatures(backbone, shapes10({ train: 8 }).train, { cache });
    const one = await extractFeatures(backbone, images, { cache });
    expect(() => joinViews([one, other])).toThrow(
      /views: expected features of the same images, \[30, 2, 2, 128\] of shapes10 train; .*; got \[8, 2, 2, 128\]/,
    );
  });

  it('are the first few of those extracted; for more, the error names the cost', async () => {
    const three = await extractViews(backbone, images, how, { views: 3, cache: path.join(cache, 'own') });
    const two = firstViews(three, 2);
    expect(two.views).toBe(2);
    expect(await two.rows([5], [1])).toEqual(await three.rows([5], [1]));
    expect(() => firstViews(three, 5)).toThrow(
      /views: expected 1 to 3, which are extracted; got 5. extractViews\(backbone, images, how, \{ views: 5 \}\) adds the others: 60 images, about \d+ s/,
    );
    expect(() => firstViews(three, 0)).toThrow('views: expected 1 to 3, which are extracted; got 0.');
  });

  it('may be drawn anew in every epoch instead, by running the backbone each time', async () => {
    const live = await liveViews(backbone, images, how);
    const exact = { cache, precision: 'float32', dtype: 'float32' } as const;
    const kept = await extractFeatures(backbone, augmented(images, how, { view: 3 }), exact);
    expect(relativeError(await live.rowsOfEpoch!([2, 9], 3), await kept.rows([2, 9]))).toBeLessThan(1e-4);
    const plain = await extractFeatures(backbone, images, exact);
    expect(relativeError(await live.rows([4]), await plain.rows([4]))).toBeLessThan(1e-4);
    const asked: number[] = [];
    const rowsOfEpoch = (indices: ArrayLike<number>, epoch: number): Promise<Float32Array> => {
      asked.push(epoch);
      return live.rowsOfEpoch!(indices, epoch);
    };
    const head = buildHead(live.shape.slice(1), { classes: 10, dropout: 0 });
    const tensors = await tensorsInUse();
    await fit(head, { ...live, rowsOfEpoch }, { epochs: 3 });
    expect(asked).toEqual([1, 2, 3]);
    expect(tf.memory().numTensors).toBe(tensors);
    await expect(liveViews(backbone, images, { zoomRange: 2 })).rejects.toThrow('zoomRange');
  });
});

it('secondsPerImage times the backbone and keeps nothing', async () => {
  expect(await secondsPerImage(backboneOf(backbone), images)).toBeGreaterThan(0);
  await expect(secondsPerImage(backboneOf(backbone), shapes10({ train: 4 }).train)).rejects.toThrow(
    'secondsPerImage: expected 8 images or more; got 4.',
  );
});
