/**
 * McNemar's exact test for two runs on the same images: how likely a difference as large would be by chance, were both
 * equally good (Q. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947).
 * @returns the two-sided p-value
 */
export function mcnemar(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let [only, other] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) only++;
    else if (!first[i] && second[i]) other++;
  }
  const total = only + other;
  // binomial tail with probability 1/2, in logarithms
  let [tail, logChoose] = [0, 0];
  for (let k = 0; k <= Math.min(only, other); k++) {
    tail += Math.exp(logChoose - total * Math.LN2);
    logChoose += Math.log(total - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * tail);
}
