import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { extractViews, joinViews } from '../../src/features/views.ts';
import { augment } from '../../src/images/augment.ts';
import { useTensorFlow } from '../../src/tensorflow.ts';
import { evaluate, predictProbabilities } from '../../src/training/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import { buildHead } from '../../src/training/head.ts';
import { loadNetwork } from '../../src/vgg/network.ts';
import { cutAt } from '../../src/vgg/surgery.ts';

const images = shapes10({ size: 30 });
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
    const two = await extractViews(backbone, images, how, { views: 2, cache, onProgress: ({ done, total, cached }) => dones.push([done, total, cached ?? 0]) });
    expect(dones.at(-1)).toEqual([60, 60, 0]);
    const direct = await extractFeatures(backbone, augment(images, how, { view: 1 }), { cache });
    expect(direct.cached).toBe(30);
    expect(two.rowsOfViews([3, 7], [1, 1])).toEqual(direct.rows([3, 7]));
    const three = await extractViews(backbone, images, how, { views: 3, cache });
    expect(three.views.map(({ cached }) => cached)).toEqual([30, 30, 0]);
    expect(three.rowsOfViews([5, 5, 9], [2, 0, 1])).toEqual(
      Float32Array.from([...three.views[2].rows([5]), ...three.views[0].rows([5]), ...three.views[1].rows([9])]),
    );
  });

  it('may begin with the image as it is, and be drawn in one resampling with the upscaling', async () => {
    const plain = await extractFeatures(backbone, images, { cache });
    const views = await extractViews(backbone, images, how, { views: 2, original: true, cache });
    expect(views.rows([4])).toEqual(plain.rows([4]));
    const composed = await extractViews(backbone, images, {}, { views: 1, size: 64, cache });
    // nothing happens to the picture: the same but for rounding at the borders of tiles
    const [a, b] = [plain.rows([0]), composed.rows([0])];
    const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.995);
  });

  it('train a head, and a test takes the mean of what each says', async () => {
    const views = await extractViews(backbone, images, how, { views: 2, cache });
    const head = buildHead(views.shape.slice(1), { classes: 10, dropout: 0 });
    const data = { features: views, labels: images.labels };
    expect((await fit(head, data, { epochs: 5 })).epochs.at(-1)!.accuracy).toBeGreaterThan(0.6);
    const [first, second] = [await predictProbabilities(head, views.views[0]), await predictProbabilities(head, views.views[1])];
    const { probabilities } = await evaluate(head, data);
    probabilities.forEach((value, i) => expect(value).toBeCloseTo((first[i] + second[i]) / 2, 6));
  });

  it('say what does not fit', async () => {
    await expect(extractViews(backbone, images, how, { views: 0, cache })).rejects.toThrow('views: expected a whole number from 1; got 0.');
    await expect(extractViews(backbone, images, { zoomRange: 2 }, { views: 1, cache })).rejects.toThrow('zoomRange');
    const [one, other] = [await extractFeatures(backbone, images, { cache }), await extractFeatures(backbone, shapes10({ size: 8 }), { cache })];
    expect(() => joinViews([one, other])).toThrow('views: expected features of one shape, [30, 2, 2, 128]; got [8, 2, 2, 128].');
  });
});
