import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { features, type Features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { resolveClassWeights } from '../../src/training/class-weights.ts';
import { fit } from '../../src/training/fit.ts';
import { reference, relativeError } from '../references/read.ts';

beforeAll(useTensorFlow);

interface Training {
  readonly loss: number[];
  readonly accuracy: number[];
  readonly kernel: number[];
}
const keras = reference<{ balanced: Training; listed: Training; uneven: number[] }>('keras-fit.json');

/** The data of test/references/keras_fit.py: 6, 18 and 36 images of three classes. */
const uneven = (): Features => features(waves(), keras.uneven);
const waves = (): Float32Array =>
  Float32Array.from({ length: 60 * 12 }, (_, i) => Math.sin(Math.floor(i / 12) * 0.7 + (i % 12) * 1.3) * 3);

function softmaxHead(): tf.LayersModel {
  const input = tf.input({ shape: [12] });
  const dense = tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: 'zeros' });
  return tf.model({ inputs: input, outputs: dense.apply(input) as tf.SymbolicTensor });
}

describe('classWeights', () => {
  for (const [name, options] of [
    // model.fit(x, y, batch_size=60, epochs=8, class_weight={k: 60 / (3 * images of k)})
    ['balanced', { optimizer: 'sgd', classWeights: 'balanced' }],
    // model.fit(…, class_weight={0: 2, 1: 0.5, 2: 0})
    ['listed', { optimizer: 'adam', classWeights: [2, 0.5, 0] }],
  ] as const) {
    it(`gives Keras' weights, loss and accuracy with class_weight, ${name}`, async () => {
      const head = softmaxHead();
      const history = await fit(head, uneven(), { ...options, batchSize: 60, epochs: 8 });
      const { kernel, loss, accuracy } = keras[name];
      expect(relativeError(head.getWeights()[0].dataSync(), kernel)).toBeLessThan(1e-4);
      expect(
        relativeError(
          history.epochs.map((e) => e.loss),
          loss,
        ),
      ).toBeLessThan(5e-5);
      expect(
        relativeError(
          history.epochs.map((e) => e.accuracy),
          accuracy,
        ),
      ).toBeLessThan(1e-6);
    });
  }

  it("are scikit-learn's where they are balanced", () => {
    const { cases } = reference<{ cases: { labels: number[]; classes: number; classWeights: number[] }[] }>(
      'metrics.json',
    );
    for (const { labels, classes, classWeights } of cases) {
      const of = { labels: Int32Array.from(labels), classNames: Array.from({ length: classes }, String) };
      expect(relativeError(resolveClassWeights('balanced', of, classes)!, classWeights)).toBeLessThan(1e-6);
    }
  });

  it('of equal classes, and of ones, change nothing', async () => {
    const kernel = async (classWeights?: 'balanced' | number[]): Promise<Float32Array> => {
      const head = softmaxHead();
      const data = features(
        waves(),
        Int32Array.from({ length: 60 }, (_, i) => i % 3),
      );
      await fit(head, data, { epochs: 2, batchSize: 16, mixup: 0.4, classWeights });
      return head.getWeights()[0].dataSync<'float32'>();
    };
    const plain = await kernel();
    expect(relativeError(await kernel('balanced'), plain)).toBeLessThan(1e-5);
    expect(relativeError(await kernel([1, 1, 1]), plain)).toBeLessThan(1e-5);
    expect(relativeError(await kernel([3, 1, 1]), plain)).toBeGreaterThan(1e-2);
  });

  it('leave classes without an image out, as scikit-learn does', () => {
    const of = { labels: Int32Array.of(0, 2, 2, 2), classNames: ['a', 'b', 'c'] };
    expect([...resolveClassWeights('balanced', of, 3)!].map((w) => w.toFixed(4))).toEqual([
      '2.0000',
      '0.0000',
      '0.6667',
    ]);
  });

  it('stand in the record', async () => {
    const history = await fit(softmaxHead(), uneven(), { epochs: 1, classWeights: 'balanced' });
    expect(history.of.options.classWeights).toBe('balanced');
    expect(String(history)).toContain('; class weights balanced; ');
  });

  it('are refused where they do not fit, which it says', async () => {
    const wrong = (classWeights: unknown) =>
      expect(fit(softmaxHead(), uneven(), { classWeights: classWeights as 'balanced' })).rejects;
    await wrong('blanced').toThrow('classWeights: expected balanced, or a number for each class; got "blanced".');
    await wrong([1, 2]).toThrow(
      'classWeights: expected 3 numbers from 0, not all 0 (class 0, class 1, class 2); got 1, 2.',
    );
    await wrong([1, 2, -1]).toThrow('expected 3 numbers from 0, not all 0 (class 0, class 1, class 2); got 1, 2, -1.');
    await wrong([1, 2, NaN]).toThrow('got 1, 2, NaN.');
    await wrong([0, 0, 0]).toThrow('not all 0');
  });
});
