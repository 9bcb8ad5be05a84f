import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/data/dataset.ts';
import { shapes10 } from '../../../src/data/named/shapes10.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { features, type Features } from '../../../src/features/features.ts';
import { fit } from '../../../src/training/fit.ts';

beforeAll(useTensorFlow);

describe('shapes10', () => {
  it('is drawn from its seed alone, and a smaller set is the beginning of a larger one', async () => {
    const once = shapes10({ train: 40, test: 40, seed: 7 });
    expect(shapes10({ train: 40, seed: 7 }).train.id).toBe(once.train.id);
    expect(shapes10({ train: 40, seed: 8 }).train.id).not.toBe(once.train.id);
    expect(await shapes10({ train: 20, seed: 7 }).train.read(0, 20)).toEqual(await once.train.read(0, 20));
    expect(once.test.id).not.toBe(once.train.id);
  });

  it('has ten balanced classes', () => {
    const { labels, classNames } = shapes10({ train: 100 }).train;
    expect(classNames).toHaveLength(10);
    for (let k = 0; k < 10; k++) expect(labels.filter((label) => label === k)).toHaveLength(10);
  });

  it('is too hard for a linear classifier on raw pixels: under 60 %', async () => {
    const input = tf.input({ shape: [3072] });
    const head = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 10, activation: 'softmax' }).apply(input) as tf.SymbolicTensor,
    });
    const { train, test } = shapes10({ train: 2000, test: 500 });
    const history = await fit(head, await raw(train), { validation: await raw(test), epochs: 15, batchSize: 64 });
    expect(Math.max(...history.epochs.map((epoch) => epoch.valAccuracy!))).toBeLessThan(0.6);
    expect(history.epochs.at(-1)!.accuracy).toBeGreaterThan(0.3); // it did learn
  });
});

async function raw(images: Dataset): Promise<Features> {
  const pixels = await images.read(0, images.n);
  return features(
    Float32Array.from(pixels, (level) => level / 255 - 0.5),
    images.labels,
    { classNames: images.classNames },
  );
}
