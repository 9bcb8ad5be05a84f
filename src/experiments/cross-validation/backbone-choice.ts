import type { BackboneName } from '../../backbones/load-backbone.ts';
import { formatRate } from '../../text/numbers.ts';
import { aligned } from '../../text/aligned.ts';
import { compareRuns } from '../statistics/compare.ts';

/** How one backbone does by cross-validation, or why that is not known. */
export interface BackboneTrial {
  readonly backbone: BackboneName;
  /** Share of the images that were right, each judged by a regression that was not trained on it. */
  readonly accuracy?: number;
  /** The interval of 95 %, as `crossValidate` gives it. */
  readonly interval?: readonly [low: number, high: number];
  /** For each image: 1 if it was right. */
  readonly right?: Uint8Array;
  /** How fast the backbone is on this machine; undefined if there were too few images to measure it. */
  readonly imagesPerSecond?: number;
  /** How long its comparison took. */
  readonly seconds: number;
  /** Why it was not judged: its error, or the end of the budget. */
  readonly missed?: string;
}

/** Which backbone was taken among those that are here, and why. */
export interface TriedBackbones {
  readonly backbone: BackboneName;
  /** Says in a sentence why it was taken. */
  readonly why: string;
  readonly trials: readonly BackboneTrial[];
  /** What the figures rest on, in words: images, folds, seed, budget. */
  readonly basis: string;
  /** Writes the table and the reason. */
  toString(): string;
}

/**
 * Takes the backbone that got most images right; among those for which no difference from it is shown, the fastest.
 * @param otherwise the backbone that is taken if none was judged
 */
export function takeBackbone(
  trials: readonly BackboneTrial[],
  { otherwise, basis }: { readonly otherwise: BackboneName; readonly basis: string },
): TriedBackbones {
  const { backbone, why } = decide(trials.filter(isJudged)) ?? {
    backbone: otherwise,
    why: `${otherwise} is taken unseen, as without a comparison: none was judged`,
  };
  const text = (): string => [...tableOf(trials), `${why}; ${basis}`].join('\n');
  return { backbone, why, trials, basis, toString: text, ...{ [Symbol.for('nodejs.util.inspect.custom')]: text } };
}

type JudgedTrial = BackboneTrial & Required<Pick<BackboneTrial, 'accuracy' | 'interval' | 'right'>>;
const isJudged = (trial: BackboneTrial): trial is JudgedTrial => trial.right !== undefined;

function decide(judged: readonly JudgedTrial[]): { readonly backbone: BackboneName; readonly why: string } | undefined {
  if (!judged.length) return undefined;
  const best = judged.reduce((most, one) => (one.accuracy > most.accuracy ? one : most));
  const others = judged.filter((one) => one !== best);
  if (!others.length) return { backbone: best.backbone, why: `${best.backbone} is taken: no other one was judged` };
  const differences = others.map((one) => {
    const names = [best.backbone, one.backbone] as const;
    return { one, difference: compareRuns([best.right], [one.right], { names, comparisons: others.length }) };
  });
  const alike = differences.filter(({ difference }) => difference.interval[0] <= 0);
  const rate = ({ imagesPerSecond = 0 }: BackboneTrial): number => imagesPerSecond;
  const fastest = [best, ...alike.map(({ one }) => one)].reduce((most, one) => (rate(one) > rate(most) ? one : most));
  if (fastest === best) {
    const shown = alike.length
      ? `no difference shown from ${alike.map(({ one }) => one.backbone).join(', ')}, and it is the faster`
      : 'the others are shown to be worse';
    return { backbone: best.backbone, why: `${best.backbone} is taken: it got most images right; ${shown}` };
  }
  const { difference } = alike.find(({ one }) => one === fastest)!;
  const times = formatRate(rate(fastest) / rate(best));
  const why = `${fastest.backbone} is taken, ${times} times as fast as ${best.backbone}: ${String(difference)}`;
  return { backbone: fastest.backbone, why };
}

const percent = (share: number): string => (100 * share).toFixed(1);

function tableOf(trials: readonly BackboneTrial[]): string[] {
  const judged = trials.filter(isJudged).sort((a, b) => b.accuracy - a.accuracy);
  const rows = judged.map((one) => [
    one.backbone,
    percent(one.accuracy),
    `${percent(one.interval[0])} to ${percent(one.interval[1])}`,
    one.seconds.toFixed(1),
    one.imagesPerSecond === undefined ? '–' : formatRate(one.imagesPerSecond),
  ]);
  const missed = trials.flatMap(({ backbone, missed: why }) => (why === undefined ? [] : [`${backbone}: ${why}`]));
  const table = rows.length
    ? aligned([['backbone', 'accuracy %', '95 % interval', 'seconds', 'images/s'], ...rows])
    : [];
  return [...table, ...missed];
}
