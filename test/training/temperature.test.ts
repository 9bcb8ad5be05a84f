import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { features, type Features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { evaluate, predictProbabilities } from '../../src/training/evaluation/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import { bestTemperature, tempered } from '../../src/training/evaluation/tempered.ts';
import { scaleTemperature } from '../../src/training/evaluation/temperature.ts';
import { metricCases } from '../references/metric-cases.ts';
import { relativeError } from '../references/read.ts';

beforeAll(useTensorFlow);

describe('the best temperature', () => {
  it("is scikit-learn's, with its loss and calibration error", () => {
    for (const { evaluation, labels, classes, ...expected } of metricCases()) {
      const temperature = bestTemperature(evaluation.probabilities, labels, classes) as number;
      // scikit-learn's search stops at 1e-5 of log(1 / T), and float32 has 1e-7
      expect(temperature / expected.temperature).toBeCloseTo(1, 4);
      const after = tempered(evaluation.probabilities, classes, expected.temperature);
      const loss = labels.reduce((sum, k, i) => sum - Math.log(after[i * classes + k]), 0) / labels.length;
      expect(evaluation.loss).toBeCloseTo(expected.loss, 6);
      expect(loss).toBeCloseTo(expected.lossAfter, 6);
    }
  });

  it('is none where no guess is wrong, or where guesses are worse than chance', () => {
    const sure = Float32Array.of(0.8, 0.2, 0.3, 0.7);
    expect(bestTemperature(sure, [0, 1], 2)).toBe('lower');
    expect(bestTemperature(sure, [1, 0], 2)).toBe('higher');
  });
});

describe('tempered', () => {
  it('is softmax of scores divided by the temperature', () => {
    const scores = tf.tensor2d([1, -2, 30, 0.5, 0.25, 0], [2, 3]);
    const values = (t: number): Float32Array =>
      tf.tidy(() => scores.div<tf.Tensor2D>(t).softmax().dataSync<'float32'>());
    for (const t of [0.5, 1, 2.5]) expect(relativeError(tempered(values(1), 3, t), values(t))).toBeLessThan(1e-6);
    expect([...tempered(Float32Array.of(1, 0, 0), 3, 4)].reduce((a, b) => a + b)).toBeCloseTo(1, 6); // no 0 · ∞
    scores.dispose();
  });
});

describe('scaleTemperature', () => {
  /** Three overlapping clouds: a large learning rate makes a head too sure of them. */
  const clouds = (seed: number, n = 240): Features =>
    features(
      Float32Array.from({ length: n * 6 }, (_, i) => {
        const [row, d] = [Math.floor(i / 6), i % 6];
        const noise = Math.sin(seed * 97 + i * 12.9898) * 43758.5453;
        return 3 * (noise - Math.floor(noise)) + Number(row % 3 === d);
      }),
      Int32Array.from({ length: n }, (_, i) => i % 3),
    );
  const headOf = (): tf.LayersModel => {
    const input = tf.input({ shape: [6] });
    const output = tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: 'zeros' }).apply(input);
    return tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
  };

  it('lowers loss and calibration error on images it was not found on, changes no guess, and is forgotten by training', async () => {
    const head = headOf();
    await fit(head, clouds(1, 48), { epochs: 150, learningRate: 0.1 });
    const test = clouds(3, 600);
    const plain = await evaluate(head, test);
    const scaling = await scaleTemperature(head, clouds(2));
    expect(scaling.temperature).toBeGreaterThan(1.2);
    expect(String(scaling)).toMatch(
      /^temperature \d\.\d{3}: expected calibration error \d+\.\d % before, \d+\.\d % after; features from elsewhere/,
    );
    expect(scaling.after.loss).toBeLessThan(scaling.before.loss);
    const scaled = await evaluate(head, test);
    expect(scaled.temperature).toBe(scaling.temperature);
    expect(scaled.predictions).toEqual(plain.predictions);
    expect(scaled.loss).toBeLessThan(plain.loss);
    expect(scaled.reliability.error).toBeLessThan(plain.reliability.error / 2);
    expect(await predictProbabilities(head, test)).toEqual(scaled.probabilities);
    expect((await evaluate(head, test, { temperature: 1 })).probabilities).toEqual(plain.probabilities);

    const history = await fit(head, clouds(1, 48), { epochs: 1, validation: test });
    const after = await evaluate(head, test);
    expect(after.temperature).toBe(1);
    expect(after.loss).toBeCloseTo(history.epochs[0].valLoss!, 6);
  });

  /** Gives the features' first three numbers, times so much, as scores. */
  const sureHead = (times: number): tf.LayersModel => {
    const head = headOf();
    const kernel = tf.tensor2d(
      Array.from({ length: 18 }, (_, i) => (Math.floor(i / 3) === i % 3 ? times : 0)),
      [6, 3],
    );
    head.setWeights([kernel, tf.zeros([3])]);
    return head;
  };

  it('is found where a head is a hundred times too sure, or too unsure', async () => {
    const { temperature: usual } = await scaleTemperature(sureHead(1), clouds(2));
    expect(usual).toBeGreaterThan(0.5);
    expect(usual).toBeLessThan(5);
    for (const times of [30, 1 / 100]) {
      const scaling = await scaleTemperature(sureHead(times), clouds(2));
      expect(scaling.temperature / usual / times).toBeCloseTo(1, 2);
      expect(scaling.none).toBeUndefined();
      expect(scaling.after.loss).toBeLessThan(scaling.before.loss);
      expect(scaling.after.reliability.error).toBeLessThan(scaling.before.reliability.error);
    }
  });

  it('says why it stays 1 where none is found', async () => {
    const right = await scaleTemperature(sureHead(1), {
      ...clouds(2, 3),
      rows: (indices) =>
        Promise.resolve(
          Float32Array.from({ length: indices.length * 6 }, (_, i) => Number(i % 6 === indices[Math.floor(i / 6)])),
        ),
    });
    expect(right.temperature).toBe(1);
    expect(String(right)).toMatch(
      /; none was found, so 1 stays: the lower the better, beyond 0\.001: no guess is wrong$/,
    );
    const { labels, ...rest } = clouds(2);
    const wrong = await scaleTemperature(sureHead(1), { ...rest, labels: labels.map((k) => (k + 1) % 3) });
    expect(wrong.temperature).toBe(1);
    expect(wrong.none).toBe(
      'none was found, so 1 stays: the higher the better, beyond 1,000: labels are no more probable than by chance',
    );
  });
});
