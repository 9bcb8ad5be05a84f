import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { embedding, neighboursWithSelf } from '../../src/analysis/embedding.ts';
import { likelyLabelErrors, outOfFold } from '../../src/analysis/label-errors.ts';
import { minimize } from '../../src/training/regression/lbfgs.ts';
import { logisticProbabilities, logisticRegression } from '../../src/training/regression/logistic-regression.ts';
import { classifyByNeighbours, nearDuplicates, nearestNeighbours } from '../../src/features/neighbours.ts';
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { mostProbable } from '../../src/training/evaluation/evaluation.ts';
import { reference } from '../references/read.ts';

interface Reference {
  x: number[];
  labels: number[];
  scale: number;
  regressions: { l2: number; loss: number; probabilities: number[] }[];
  noisy: number[];
  flipped: number[];
  probabilities: number[];
  issues: number[];
  queries: number[];
  indices: number[];
  similarities: number[];
}
const sklearn = reference<Reference>('analysis.json');

const D = 8;
const classNames = ['a', 'b', 'c', 'd'];
const featuresOf = (values: number[], labels: number[] = new Array<number>(values.length / D).fill(0)) =>
  features(Float32Array.from(values), labels, { classNames });
const train = featuresOf(sklearn.x, sklearn.labels);

beforeAll(useTensorFlow);

describe('minimize', () => {
  const rosenbrock = ([x, y]: Float64Array) => ({
    value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
  });

  it('finds the minimum of Rosenbrock’s function', async () => {
    const { x, converged, iterations } = await minimize(rosenbrock, Float64Array.of(-1.2, 1), {
      reached: ({ gradient }) => Math.hypot(...gradient) <= 1e-8,
    });
    expect(converged).toBe(true);
    expect(iterations).toBeLessThan(80);
    expect(x[0]).toBeCloseTo(1, 6);
    expect(x[1]).toBeCloseTo(1, 6);
  });

  it('leaves the way after ten steps if that is wished, and says that it is not there', async () => {
    const found = await minimize(rosenbrock, Float64Array.of(-1.2, 1), {
      reached: ({ gradient }) => Math.hypot(...gradient) <= 1e-8,
      leave: () => Promise.resolve(true),
    });
    expect(found).toMatchObject({ iterations: 10, converged: false });
  });
});

describe('logisticRegression', () => {
  it('converges to the loss and probabilities of scikit-learn’s, and keeps no tensor', async () => {
    const tensors = tf.memory().numTensors;
    for (const { l2, loss, probabilities } of sklearn.regressions) {
      const model = await logisticRegression(train, { l2, tolerance: 1e-7 });
      expect(model.scale).toBeCloseTo(sklearn.scale, 3);
      expect(model.converged).toBe(true);
      expect(model.loss).toBeCloseTo(loss, 5);
      const found = await logisticProbabilities(model, train);
      found.forEach((p, i) => expect(Math.abs(p - probabilities[i])).toBeLessThan(5e-4));
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('standardises features where asked to, and judges those that come as they are', async () => {
    const n = sklearn.labels.length;
    const column = (j: number): number[] =>
      Array.from({ length: n }, (_, i) => sklearn.x[i * D + j] * 10 ** (j % 3) + j);
    const columns = Array.from({ length: D }, (_, j) => (j === 3 ? new Array<number>(n).fill(7) : column(j)));
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / n;
    const standard = columns.map((values) => {
      const deviation = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2))) || 1;
      return values.map((value) => (value - mean(values)) / deviation);
    });
    const rowsOf = (from: number[][]): number[] =>
      Array.from({ length: n }, (_, i) => from.map((values) => values[i])).flat();
    const [given, byHand] = [columns, standard].map((from) => featuresOf(rowsOf(from), sklearn.labels));
    const tensors = tf.memory().numTensors;
    const model = await logisticRegression(given, { l2: 0.01, standardize: true });
    const expected = await logisticRegression(byHand, { l2: 0.01 });
    expect(model.loss).toBeCloseTo(expected.loss, 5);
    const [found, right] = [await logisticProbabilities(model, given), await logisticProbabilities(expected, byHand)];
    found.forEach((p, i) => expect(Math.abs(p - right[i])).toBeLessThan(1e-3));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('says what it expects', async () => {
    const few = { ...train, classNames: classNames.slice(0, 3) };
    await expect(logisticRegression(train, { l2: -1 })).rejects.toThrow('l2: expected a number from 0; got -1.');
    await expect(logisticRegression(few)).rejects.toThrow('expected labels 0..2; image 3 has 3.');
  });

  it('ends when it is stopped, and keeps no tensor', async () => {
    const tensors = tf.memory().numTensors;
    const stopped = { l2: 0, tolerance: 0, signal: AbortSignal.abort(new Error('stopped')) };
    await expect(logisticRegression(train, stopped)).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('nearestNeighbours', () => {
  it('finds what scikit-learn’s exact cosine neighbours are, whatever the blocks', async () => {
    const tensors = tf.memory().numTensors;
    const { indices, similarities } = await nearestNeighbours(featuresOf(sklearn.queries), train, { count: 5 });
    expect([...indices]).toEqual(sklearn.indices);
    similarities.forEach((s, i) => expect(s).toBeCloseTo(sklearn.similarities[i], 5));
    // a base of more than a block
    const long = featuresOf(Array.from({ length: 8 }, () => sklearn.x).flat());
    const found = await nearestNeighbours(train, long, { count: 8 });
    for (let i = 0; i < 150; i++) {
      const positions = found.indices.subarray(i * 8, i * 8 + 8);
      expect(new Set(Array.from(positions, (k) => k % 150))).toEqual(new Set([i]));
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('classifies, and finds copies', async () => {
    const guesses = await classifyByNeighbours(train, featuresOf(sklearn.queries), { count: 15 });
    expect(guesses.filter((guess, i) => guess === sklearn.labels[i]).length).toBeGreaterThan(10);
    const copies = featuresOf([...sklearn.x.slice(40, 48), ...sklearn.x.slice(0, 8).map((v) => -v)]);
    const similarity = expect.closeTo(1, 5) as number;
    expect(await nearDuplicates(copies, train, { above: 0.999 })).toEqual([{ first: 0, second: 5, similarity }]);
    await expect(nearestNeighbours(copies, train, { count: 151 })).rejects.toThrow(
      'count: expected a whole number from 1 to 150; got 151.',
    );
    await expect(nearestNeighbours({ ...copies, shape: [2, 4] }, train)).rejects.toThrow(
      'expected features of one shape, [8]; got [4].',
    );
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(nearestNeighbours(copies, train, { signal })).rejects.toThrow('stopped');
  });
});

describe('likelyLabelErrors', () => {
  it('finds the images that cleanlab finds, in its order', () => {
    const noisy = { labels: Int32Array.from(sklearn.noisy), classNames };
    const issues = likelyLabelErrors(noisy, Float32Array.from(sklearn.probabilities));
    expect(issues.map(({ index }) => index)).toEqual(sklearn.issues);
  });

  it('finds most flipped labels from probabilities out of fold', async () => {
    const noisy = featuresOf(sklearn.x, sklearn.noisy);
    const probabilities = await outOfFold(noisy, { folds: 5 });
    for (let i = 0; i < 150; i++) {
      const row = probabilities.subarray(i * 4, i * 4 + 4);
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
    const found = new Set(likelyLabelErrors(noisy, probabilities).map(({ index }) => index));
    expect(sklearn.flipped.filter((i) => found.has(i)).length).toBeGreaterThanOrEqual(9);
    expect(mostProbable(probabilities, 4)).toHaveLength(150);
    await expect(outOfFold(train, { folds: 1 })).rejects.toThrow(
      'folds: expected a whole number from 2 to 150; got 1.',
    );
    expect(() => likelyLabelErrors(train, probabilities.subarray(4))).toThrow(
      'expected probabilities of 150 × 4; got 596 numbers.',
    );
  });
});

describe('embedding', () => {
  it('takes each row for its own nearest neighbour, at a distance of exactly 0, and copies as well', async () => {
    const rows = sklearn.x.slice(0, 100 * D);
    const twice = featuresOf([...rows, ...rows.map((value) => 3 * value)]);
    const { indices, distances } = await neighboursWithSelf(twice, 6);
    indices.forEach((own, i) => {
      expect(own[0]).toBe(i);
      expect(new Set(own).size).toBe(6);
      expect(own[1]).toBe((i + 100) % 200);
      expect(distances[i].slice(0, 2)).toEqual([0, 0]);
      expect(distances[i][2]).toBeGreaterThan(1e-6);
    });
    // all the same: its own place may not be among the nearest that were found
    const same = await neighboursWithSelf(featuresOf(Array.from({ length: 30 }, () => rows.slice(0, D)).flat()), 4);
    same.indices.forEach((own, i) => expect([own[0], new Set(own).size]).toEqual([i, 4]));
  });

  it('keeps clusters together, and is the same for the same seed', async () => {
    const far = featuresOf(sklearn.x.map((v, i) => v + 40 * Number(i % D === sklearn.labels[Math.floor(i / D)])));
    const { points: map, basis } = await embedding(far, { epochs: 200 });
    expect(map).toHaveLength(150);
    expect(basis).toBe('features from elsewhere; UMAP of 15 neighbours by cosine, 200 epochs, seed 1');
    const closest = map.map((p, i) => {
      const distances = map.map((q, j) => (i === j ? Infinity : Math.hypot(p[0] - q[0], p[1] - q[1])));
      return distances.indexOf(Math.min(...distances));
    });
    expect(closest.filter((j, i) => sklearn.labels[j] === sklearn.labels[i]).length).toBeGreaterThan(145);
    expect((await embedding(far, { epochs: 200 })).points).toEqual(map);
    await expect(embedding(far, { neighbours: 150 })).rejects.toThrow(
      'neighbours: expected a whole number from 2 to 149; got 150.',
    );
    await expect(embedding(far, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
  });
});
