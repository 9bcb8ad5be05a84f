import { sha256 } from '@noble/hashes/sha2.js';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws the next number, uniform in [0, 1). */
export type Random = () => number;

/**
 * Makes a seeded source of random numbers (xoroshiro128+). Streams of one seed are independent of each other, so that
 * drawing more in one place (say, dropout) changes nothing in another (say, shuffling).
 * @param seed a whole number
 * @param stream names what the numbers are for
 */
export function random(seed: number, stream = ''): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a whole number; got ${seed}.`);
  const start = new DataView(sha256(new TextEncoder().encode(`${seed}/${stream}`)).buffer).getInt32(0, true);
  const generator = xoroshiro128plus(start);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

/** Shuffles in place (Fisher-Yates, Durstenfeld 1964) and returns the same array. */
export function shuffle<T extends { [index: number]: unknown; length: number }>(items: T, next: Random): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/** Draws from the standard normal distribution (Box and Muller, 1958). */
export function normal(next: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
