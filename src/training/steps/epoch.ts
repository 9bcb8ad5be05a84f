import { setImmediate as breathe } from 'node:timers/promises';
import type { Features } from '../../features/features.ts';
import { random, type Random, shuffle } from '../../random.ts';
import { labelsAt } from './batches.ts';
import type { Trainer } from './trainer.ts';

/** How many ms may pass before other work of the thread has its turn. */
const BREATH = 4;

/** What an epoch runs over, and how. */
export interface EpochOptions {
  readonly train: Pick<Features, 'labels'>;
  /** Images per step. */
  readonly batchSize: number;
  /** How many images an epoch draws with replacement; undefined for each image once. */
  readonly draws: number | undefined;
  readonly seed: number;
  /** The number of epochs of the whole training. */
  readonly epochs: number;
  /** Sets the learning rate before a step. */
  readonly rateAt: (step: number, steps: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Means over an epoch's steps, with dropout on. */
export interface EpochMeans {
  readonly loss: number;
  readonly accuracy: number;
}

/**
 * Trains for one epoch: all images in the epoch's own order, a step for each batch. Ends after the step in flight if
 * aborted.
 * @param epoch from 1; with the seed it decides order, views and dropout
 * @returns undefined if it was aborted before its first step
 */
export async function trainEpoch(
  trainer: Trainer,
  epoch: number,
  { train, batchSize, draws, seed, epochs, rateAt, signal }: EpochOptions,
): Promise<EpochMeans | undefined> {
  const step = trainer.ofEpoch(epoch);
  const order = orderOf(train.labels.length, draws, random(seed, `order/${epoch}`));
  const steps = Math.ceil(order.length / batchSize);
  let [seen, loss, right] = [0, 0, 0];
  let breathed = performance.now();
  for (let from = 0; from < order.length && !signal?.aborted; from += batchSize) {
    const indices = order.subarray(from, from + batchSize);
    rateAt((epoch - 1) * steps + from / batchSize, epochs * steps);
    const result = await step(indices, labelsAt(train, indices), `${seed}/${epoch}/${from}`);
    seen += indices.length;
    loss += result.loss * indices.length;
    right += result.right;
    if (performance.now() - breathed < BREATH) continue;
    await breathe(); // lets a Stop, a progress bar, another request through
    breathed = performance.now();
  }
  trainer.settle();
  return seen ? { loss: loss / seen, accuracy: right / seen } : undefined;
}

/** Orders each image once, or makes `draws` draws with replacement. */
function orderOf(n: number, draws: number | undefined, next: Random): Int32Array {
  if (draws !== undefined) return Int32Array.from({ length: draws }, () => Math.floor(next() * n));
  return shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    next,
  );
}
