import { checkOptions } from '../../host/option-ranges.ts';
import type { Evaluation } from './evaluation.ts';
import { type Proportion, proportion } from './interval.ts';

/** The outcome of answering only if the most probable class reaches a probability. */
export interface ThresholdRow {
  /** The threshold, 0..1. */
  readonly threshold: number;
  /** The share of the images that are answered, with its 95 % interval. */
  readonly answered: Proportion;
  /** The accuracy among those, with its 95 % interval; undefined if none is answered. */
  readonly accuracy: Proportion | undefined;
}

/** The default thresholds; below 0.5 the more probable of two classes is always answered. */
const THRESHOLDS = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

/**
 * Says for thresholds of the probability how many images are answered, and how often that is right: what a service that
 * may say "not sure" gains and loses. A threshold chosen by its accuracy here looks better than it is: choose it on
 * validation images and test it on others.
 * @param thresholds 0..1 @default 0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99
 * @throws RangeError naming an invalid threshold
 * @example
 * thresholdTable(evaluation, [0.8, 0.9]);
 */
export function thresholdTable(
  { confidence, right }: Pick<Evaluation, 'confidence' | 'right'>,
  thresholds: readonly number[] = THRESHOLDS,
): ThresholdRow[] {
  checkOptions('thresholdTable', { thresholds });
  return thresholds.map((threshold) => {
    let [answered, correct] = [0, 0];
    for (let i = 0; i < confidence.length; i++) {
      if (confidence[i] < threshold) continue;
      answered++;
      correct += right[i];
    }
    return {
      threshold,
      answered: proportion(answered, confidence.length),
      accuracy: answered ? proportion(correct, answered) : undefined,
    };
  });
}
