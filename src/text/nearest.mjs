// @ts-check
/**
 * Finds the word that was most likely meant: one that begins with what was typed, or the one that the fewest typing
 * mistakes (a letter too many, missing, wrong, or two in the wrong order) lie between.
 * @param {string} typed
 * @param {readonly string[]} words
 * @returns {string | undefined} undefined if none is near
 */
export function nearest(typed, words) {
  const near = words
    .map((word) => ({ word, mistakes: typed.length > 1 && word.startsWith(typed) ? 0 : mistakesBetween(typed, word) }))
    .filter(({ word, mistakes }) => mistakes <= Math.ceil(word.length / 3));
  return near.sort((a, b) => a.mistakes - b.mistakes)[0]?.word;
}

/**
 * Gives Damerau's distance, where two swapped adjacent letters count as one mistake (optimal string alignment).
 * @param {string} a
 * @param {string} b
 */
function mistakesBetween(a, b) {
  if (Math.abs(a.length - b.length) > 3) return Infinity;
  /** @type {number[][]} */
  const d = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) d[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.length][b.length];
}
