import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { type ThresholdRow, thresholdTable } from '../training/evaluation/thresholds.ts';

/** How often those answers are to be right that are given. */
const RIGHT = 0.95;
/** Fewer validation pictures say too little to choose by. */
const FEWEST = 20;
const TRIED = [0, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99];

/** A threshold, and why it is that one. */
export interface NotSure {
  /** 0..1; 0 for none. */
  readonly threshold: number;
  /** A sentence for the page. */
  readonly why: string;
}

/**
 * Chooses the lowest threshold at which at least 95 % of the answers given on validation pictures are right; the test
 * pictures are left alone, so that their figures hold.
 * @returns the threshold with a sentence that says what it was chosen by
 */
export function chooseNotSure(validation: Pick<Evaluation, 'confidence' | 'right'>): NotSure {
  const n = validation.right.length;
  if (n < FEWEST)
    return {
      threshold: 0,
      why: `It always answers: ${n} validation pictures are too few to choose a threshold for “not sure” by.`,
    };
  const rows = thresholdTable(validation, TRIED);
  const enough = rows.find(({ accuracy }) => accuracy && accuracy.value >= RIGHT);
  const { threshold, answered, accuracy } = enough ?? lastAnswering(rows);
  const whole = (share: number): string => `${Math.round(100 * share)} %`;
  const outcome = `of ${n} validation pictures ${whole(answered.value)} were answered and ${whole(accuracy!.value)} of those answers right`;
  return {
    threshold,
    why: threshold
      ? `Below a probability of ${whole(threshold)} it says “not sure”: so ${outcome}.`
      : `It always answers: ${outcome}.`,
  };
}

const lastAnswering = (rows: readonly ThresholdRow[]): ThresholdRow => rows.filter(({ accuracy }) => accuracy).at(-1)!;
