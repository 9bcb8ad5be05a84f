import { proportion } from '../../training/evaluation/interval.ts';
import { studentQuantile } from './quantiles.ts';

/** A mean over folds with its 95 % interval, 0..1. */
export interface FoldInterval {
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
}

/**
 * Gives the mean accuracy of cross-validation with its 95 % interval. The folds' training images overlap, so their
 * accuracies scatter less than independent ones would: the variance is corrected by the share of test to training
 * images (C. Nadeau and Y. Bengio, "Inference for the Generalization Error", 2003), and Student's t has J − 1 degrees
 * of freedom. Folds that happen to agree say little: the interval is never narrower than Wilson's for the images.
 * @param accuracies [J], of the folds of all repeats, 0..1
 * @param options.testShare test images for each training image: 1 / (folds − 1)
 * @param options.n how many images
 */
export function foldInterval(
  accuracies: readonly number[],
  { testShare, n }: { readonly testShare: number; readonly n: number },
): FoldInterval {
  const J = accuracies.length;
  const value = accuracies.reduce((sum, one) => sum + one, 0) / J;
  const variance = accuracies.reduce((sum, one) => sum + (one - value) ** 2, 0) / (J - 1);
  const half = studentQuantile(0.025, J - 1) * Math.sqrt((1 / J + testShare) * variance);
  const [low, high] = proportion(value * n, n).interval;
  return { value, interval: [Math.max(0, Math.min(low, value - half)), Math.min(1, Math.max(high, value + half))] };
}
