/**
 * Gives the probability that chance alone puts one of two equally good classifiers so far ahead: of the images that only
 * one of them gets right, each is as likely the one's as the other's (one-sided sign test, exact; the same as
 * McNemar's).
 * @param ahead images that only the better one got right
 * @param behind images that only the other one got right
 * @returns 0..1
 */
export function signTest(ahead: number, behind: number): number {
  const n = ahead + behind;
  let [log, sum] = [-n * Math.LN2, 0]; // of how probable k of n are
  for (let k = 0; k <= behind; k++) {
    sum += Math.exp(log);
    log += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, sum);
}

/** If chance puts one so far ahead more often than this, it is not shown to be better. */
export const SHOWN = 0.05;

/**
 * Gives the same probability from what each of the two gets right.
 * @param one [N], 1 for each image that is right
 * @param other [N], of the same images
 */
export function signTestOf(one: Uint8Array, other: Uint8Array): number {
  let [ahead, behind] = [0, 0];
  one.forEach((right, i) => {
    if (right > other[i]) ahead++;
    if (right < other[i]) behind++;
  });
  return signTest(ahead, behind);
}
