import path from 'node:path';
import { type BackboneName, defaultBackbone } from '../../backbones/load-backbone.ts';
import { knownBackbones } from '../../backbones/backbones-at-hand.ts';
import type { Dataset } from '../../data/dataset.ts';
import { subset } from '../../data/subset.ts';
import { extractFeatures } from '../../features/extract.ts';
import { ROOT } from '../../home.mjs';
import { type Progress, progressOf } from '../../host/progress.ts';
import { stopwatch } from '../../host/stopwatch.ts';
import { DEFAULTS } from '../../options/options.mjs';
import { secondsInTurns } from '../../runtime/speed.ts';
import { bytesIn } from '../../storage/files/read-file.ts';
import { type Network, type OpenNetworkOptions, openNetwork } from '../open-network.ts';
import type { FeatureOptions, Watching } from '../open-work.ts';
import { type TriedBackbones, type BackboneTrial, takeBackbone } from './backbone-choice.ts';
import { crossValidate } from './cross-validate.ts';

export interface AutoBackboneOptions
  extends Pick<OpenNetworkOptions, 'fast' | 'interpolation'>, Omit<FeatureOptions, 'calibrationPercentile'>, Watching {
  /** Seconds after which nothing more is compared. @default 60 */
  readonly budget?: number;
  /** Deals out the folds, and draws the images if there are more than are compared on. @default 1 */
  readonly seed?: number;
  /** The backbones to compare, in this order. @default those that are here, the usual one first, then small to large */
  readonly backbones?: readonly BackboneName[];
}

/** On so many images at most: twice as many narrow an interval by a third only. */
const MOST = 500;
const FOLDS = 5;

/**
 * Compares the backbones that are here by cross-validation of training images, and takes the best. Each runs over the
 * same images, and the same folds judge it. A backbone that fails is told in its row, and the others go on. If the
 * budget ends, what was compared until then decides; features that were computed are kept for the next time.
 * @param images training images: those of validation and test have no say
 * @throws the signal's reason when aborted
 */
export async function autoBackbone(
  images: Dataset,
  { budget = DEFAULTS.budget, seed = DEFAULTS.seed, backbones, ...options }: AutoBackboneOptions = {},
): Promise<TriedBackbones> {
  const { signal, progress, fast, interpolation, ...how } = options;
  const otherwise = defaultBackbone(images);
  const some = images.n > MOST ? subset(images, { size: MOST, seed }) : images;
  const clock = stopwatch();
  const ends = AbortSignal.timeout(Math.max(1, Math.round(1000 * budget)));
  const either = signal ? AbortSignal.any([signal, ends]) : ends;
  const bar = progressOf(progress, 'backbones');
  const names = backbones ?? inOrder(otherwise);
  const trials: BackboneTrial[] = [];
  let groups: Int32Array | undefined; // those of the first: all are judged by the same folds
  for (const [i, backbone] of names.entries()) {
    bar?.({ label: 'backbones compared', done: i, total: names.length, note: backbone });
    let done: Progress | undefined;
    try {
      either.throwIfAborted();
      const network = await openNetwork({ backbone, fast, interpolation }, some);
      either.throwIfAborted();
      const rate = images.n < 8 ? undefined : await rateOf(network, images, { ...how, signal: either });
      const watched = { progress: (now: Progress) => void (done = now), signal: either };
      // 8 bits are calibrated as they will be for the training
      const features = await extractFeatures(network, some, { ...how, interpolation, calibration: images, ...watched });
      done = undefined;
      try {
        const judged = await crossValidate(features, { folds: FOLDS, seed, groups, signal: either, progress: false });
        groups ??= judged.groups;
        const { accuracy, evaluation } = judged;
        const { value, interval } = accuracy;
        trials.push({
          ...{ backbone, accuracy: value, interval, right: evaluation.right, seconds: clock() },
          ...(rate !== undefined && { imagesPerSecond: rate }),
        });
      } finally {
        features.close();
      }
    } catch (error) {
      signal?.throwIfAborted();
      trials.push({ backbone, seconds: clock(), missed: ends.aborted ? endedText(budget, done) : reasonOf(error) });
    }
  }
  bar?.({ label: 'backbones compared', done: names.length, total: names.length });
  const of = `${some.name}, ${some.n.toLocaleString('en-US')} training images`;
  const basis = `cross-validation in ${FOLDS} folds, seed ${seed}; ${of}; budget ${budget} s`;
  return takeBackbone(trials, { otherwise, basis });
}

/** Orders the backbones that are here: the usual one first, the others from small files to large ones. */
function inOrder(first: BackboneName): BackboneName[] {
  const here = knownBackbones().filter((one) => one.here);
  const size = ({ backbone, weights }: (typeof here)[number]): number =>
    backbone === first ? 0 : bytesIn(path.resolve(ROOT, weights));
  return here.sort((a, b) => size(a) - size(b)).map(({ backbone }) => backbone);
}

/** Times a backbone on a few images, so that figures from disk and fresh ones are alike. */
async function rateOf(
  model: Network,
  images: Dataset,
  { precision, engine, cache, signal }: FeatureOptions & Watching,
): Promise<number> {
  const [seconds] = await secondsInTurns([{ model, precision }], images, {
    engine,
    cache,
    signal,
    turns: 1,
    batches: 1,
  });
  return 1 / seconds;
}

const reasonOf = (error: unknown): string => `failed: ${(error as Error).message}`;

function endedText(budget: number, done: Progress | undefined): string {
  const ended = `the budget of ${budget} s ended before it was judged`;
  if (!done) return ended;
  const { done: n, total } = done;
  return `${ended}, with ${n} of ${total} images done; they are kept, and more seconds (budget) go on from there`;
}
