import { createDataset, type Dataset, pick } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import type { SweepRun } from '../../src/experiments/sweep.ts';
import { createEvaluation, type Evaluation } from '../../src/training/evaluation/evaluation.ts';
import { createHistory, type Epoch, type History } from '../../src/training/history.ts';

/** Sixty pictures of ten classes. */
export const images = shapes10({ train: 60 }).train;

/** Six of them, of three classes that are called as one likes. */
export function fewImages(classNames: readonly string[], name: string): Dataset {
  const { labels, imageSize, keysAt, at } = pick(images, [0, 1, 2, 10, 11, 12]);
  return createDataset({ name, labels, classNames, imageSize, keysAt, at });
}

/** An evaluation as `evaluate` gives it, of probabilities [N, K]. */
export function evaluationOf(
  labels: ArrayLike<number>,
  probabilities: Float32Array,
  classNames: readonly string[],
  name = 'shapes10 test; vgg16 to block5_pool, int8',
): Evaluation {
  return createEvaluation({
    probabilities,
    labels: Int32Array.from(labels),
    classNames,
    temperature: 1,
    of: { head: 'a head', test: { id: 'a test', name, n: labels.length, views: 1 } },
  });
}

/** As {@link evaluationOf}, of predictions that the model was as sure of each. */
export function guessed(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  names: readonly string[],
): Evaluation {
  const k = names.length;
  const sure = (i: number): number => (i % k === predictions[Math.floor(i / k)] ? 0.91 : 0.09 / (k - 1));
  return evaluationOf(
    labels,
    Float32Array.from({ length: labels.length * k }, (_, i) => sure(i)),
    names,
  );
}

export const epochs: readonly Epoch[] = [
  { epoch: 1, loss: 1.5, accuracy: 0.5, valLoss: 1.2, valAccuracy: 0.6, seconds: 1 },
  { epoch: 2, loss: 1, accuracy: 0.7, valLoss: 1.1, valAccuracy: 0.65, seconds: 1 },
];

export function historyOf(name: string): History {
  return createHistory({
    epochs,
    learningRate: 0.001,
    best: 2,
    seconds: 2,
    of: {
      head: 'a head',
      layers: 'Dropout 0.5, Dense 10',
      dropout: 0.5,
      l2: 0,
      options: { epochs: 2, seed: 1 },
      train: { id: 'a', name, n: 200, views: 1 },
      validation: { id: 'b', name, n: 20, views: 1 },
    },
  });
}

const share = (of: number): Uint8Array => Uint8Array.from({ length: 40 }, (_, i) => Number(i < of));

/** Two settings with two seeds each. */
export const runsOf = (optimizer: string): SweepRun[] =>
  [20, 22, 24, 28].map((right, i) => ({
    setting: { dropout: i < 2 ? 0 : 0.5, optimizer: optimizer as 'adam', seed: 1 + (i % 2) },
    accuracy: right / 40,
    right: share(right),
    loss: 1,
    epochs: epochs.map((epoch) => ({ ...epoch, accuracy: epoch.accuracy + i / 20 })),
    seconds: 1,
  }));
