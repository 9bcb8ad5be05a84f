/** The least logarithm of a probability that float32 can hold. */
const LEAST = -103;

/**
 * Gives probabilities at a temperature T: softmax of the scores divided by T, which is p^(1/T), normalized. Above 1
 * they become less sure, below 1 surer; the order of the classes stays.
 * @param probabilities [N, K] float32, rows sum to 1
 * @param classes K
 * @returns the same array if T is 1
 */
export function tempered(probabilities: Float32Array, classes: number, temperature: number): Float32Array {
  if (temperature === 1) return probabilities;
  const out = new Float32Array(probabilities.length);
  for (let at = 0; at < out.length; at += classes) {
    const logs = logsOf(probabilities, at, classes).map((log) => log / temperature);
    const most = Math.max(...logs);
    const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
    for (let k = 0; k < classes; k++) out[at + k] = Math.exp(logs[k] - most) / sum;
  }
  return out;
}

/** The range in which temperatures are searched: a head may be so much too sure, or not sure enough. */
export const TEMPERATURES = [0.001, 1000] as const;

/**
 * Finds the temperature at which labels are most probable (C. Guo et al., 2017): the cross-entropy is convex in 1 / T,
 * so its slope has a single zero, found by halving.
 * @param probabilities [N, K] float32, at temperature 1
 * @param labels [N], 0..K-1
 * @returns the temperature; if there is none from 0.001 to 1,000, the end beyond which it lies: `lower`, if no guess is
 * wrong, say, so that
 *   sharper is always better; `higher`, if labels are no more probable than by chance
 */
export function bestTemperature(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
): number | 'lower' | 'higher' {
  const rows = Array.from({ length: labels.length }, (_, i) => logsOf(probabilities, i * classes, classes));
  // slope of the cross-entropy by 1 / T: the expected mean score less the label's
  const slope = (inverse: number): number => {
    let total = 0;
    for (const [i, logs] of rows.entries()) {
      let [sum, expected] = [0, 0];
      const most = Math.max(...logs);
      for (const log of logs) {
        const weight = Math.exp((log - most) * inverse);
        sum += weight;
        expected += weight * log;
      }
      total += expected / sum - logs[labels[i]];
    }
    return total;
  };
  let [low, high] = [1 / TEMPERATURES[1], 1 / TEMPERATURES[0]];
  if (slope(low) >= 0) return 'higher';
  if (slope(high) <= 0) return 'lower';
  for (let i = 0; i < 40; i++) {
    const middle = Math.sqrt(low * high);
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return 1 / Math.sqrt(low * high);
}

const logsOf = (probabilities: Float32Array, at: number, classes: number): Float64Array =>
  Float64Array.from({ length: classes }, (_, k) => Math.max(LEAST, Math.log(probabilities[at + k])));
