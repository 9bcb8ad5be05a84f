/** A share with its 95 % interval. */
export interface Proportion {
  /** 0..1. */
  readonly value: number;
  /** [low, high], 0..1. */
  readonly interval: readonly [low: number, high: number];
  readonly n: number;
  /** Writes 85.2 % (95 % interval 82.9 to 87.3, n = 1,000). */
  toString(): string;
}

export const Z = 1.959963984540054; // 97.5 % quantile of the standard normal distribution

/**
 * Gives a share of n with its 95 % score interval (E. B. Wilson, "Probable inference", 1927), which is also right for
 * small n and for shares near 0 or 1.
 * @param successes 0..n; for a mean over several runs not a whole number
 */
export function proportion(successes: number, n: number): Proportion {
  if (!(n > 0 && successes >= 0 && successes <= n))
    throw new RangeError(`proportion: expected 0 ≤ successes ≤ n and n > 0; got ${successes} of ${n}.`);
  const p = successes / n;
  const centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  const found = { value: p, interval: [Math.max(0, centre - half), Math.min(1, centre + half)] as const, n };
  // tables and records hold only the numbers
  return Object.defineProperty(found, 'toString', { value: () => proportionText(found) });
}

/** Writes 85.2 % (95 % interval 82.9 to 87.3, n = 1,000). */
export function proportionText({ value, interval, n }: Omit<Proportion, 'toString'>): string {
  const percent = (p: number): string => (100 * p).toFixed(1);
  return `${percent(value)} % (95 % interval ${percent(interval[0])} to ${percent(interval[1])}, n = ${n.toLocaleString('en-US')})`;
}
