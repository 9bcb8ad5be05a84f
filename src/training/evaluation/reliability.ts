/** A group of images that a model was about equally sure of. */
export interface ReliabilityBin {
  /** Their confidences lie above this … */
  readonly from: number;
  /** … and up to this, 0..1. */
  readonly to: number;
  readonly n: number;
  /** Their mean confidence. */
  readonly confidence: number;
  /** The share of them that was right. */
  readonly accuracy: number;
}

/** Whether a model is right as often as it says. */
export interface Reliability {
  /** Expected calibration error, 0..1: the mean distance of confidence and accuracy, bins weighted by their images. */
  readonly error: number;
  /** Bins of equal width that hold an image, by rising confidence. */
  readonly bins: readonly ReliabilityBin[];
}

/** The number of bins, as in the paper. */
const BINS = 15;

/**
 * Compares a model's confidence in its guesses with how often they are right (C. Guo et al., "On Calibration of Modern
 * Neural Networks", 2017).
 * @param confidence [N], the confidence in each guess, 0..1
 * @param right [N], 1 if it was right
 */
export function reliabilityOf(confidence: ArrayLike<number>, right: ArrayLike<number>): Reliability {
  const [counts, sure, found] = [new Uint32Array(BINS), new Float64Array(BINS), new Uint32Array(BINS)];
  for (let i = 0; i < confidence.length; i++) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(confidence[i] * BINS) - 1));
    counts[bin]++;
    sure[bin] += confidence[i];
    found[bin] += right[i];
  }
  const bins = Array.from(counts).flatMap((n, b) =>
    n ? [{ from: b / BINS, to: (b + 1) / BINS, n, confidence: sure[b] / n, accuracy: found[b] / n }] : [],
  );
  const distance = bins.reduce((sum, { n, confidence: said, accuracy }) => sum + n * Math.abs(said - accuracy), 0);
  return { error: distance / confidence.length, bins };
}
