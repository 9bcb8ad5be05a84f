import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Images } from '../../src/data/images.ts';
import { shapes10 } from '../../src/data/shapes10.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { fit } from '../../src/training/fit.ts';

beforeAll(useTensorFlow);

describe('shapes10', () => {
  it('is drawn from its seed alone, and a smaller set is the beginning of a larger one', () => {
    const once = shapes10({ size: 40, seed: 7 });
    expect(shapes10({ size: 40, seed: 7 }).hash).toBe(once.hash);
    expect(shapes10({ size: 40, seed: 8 }).hash).not.toBe(once.hash);
    expect(shapes10({ size: 20, seed: 7 }).pixels).toEqual(once.pixels.subarray(0, 20 * 3072));
    expect(shapes10({ size: 40, seed: 7, split: 'test' }).hash).not.toBe(once.hash);
  });

  it('has ten balanced classes', () => {
    const { labels, classNames } = shapes10({ size: 100 });
    expect(classNames).toHaveLength(10);
    for (let k = 0; k < 10; k++) expect(labels.filter((label) => label === k)).toHaveLength(10);
  });

  it('is too hard for a linear classifier on raw pixels: under 60 %', async () => {
    const input = tf.input({ shape: [3072] });
    const head = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 10, activation: 'softmax' }).apply(input) as tf.SymbolicTensor });
    const history = await fit(head, raw(shapes10()), { validation: raw(shapes10({ split: 'test', size: 500 })), epochs: 15, batchSize: 64 });
    expect(Math.max(...history.epochs.map((epoch) => epoch.valAccuracy!))).toBeLessThan(0.6);
    expect(history.epochs.at(-1)!.accuracy).toBeGreaterThan(0.3); // it did learn
  });
});

function raw(images: Images) {
  const [n] = images.shape;
  return {
    labels: images.labels,
    features: {
      shape: [n, 3072],
      rows: (indices: ArrayLike<number>) =>
        Float32Array.from({ length: indices.length * 3072 }, (_, i) => images.pixels[indices[Math.floor(i / 3072)] * 3072 + (i % 3072)] / 255 - 0.5),
    },
  };
}
