import { describe, expect, it } from 'vitest';
import { divide } from '../../src/data/divide.ts';

const names = (n: number, from = 0): string[] => Array.from({ length: n }, (_, i) => `picture ${from + i}`);
const HALF = { share: 0.5, seed: 1 };

describe('a division into training and test pictures', () => {
  it('tests on a share of each class, and on one at least', () => {
    const labels = [...new Array<number>(40).fill(0), ...new Array<number>(3).fill(1), 2];
    const tested = divide(labels, names(44), { share: 0.1, seed: 3 });
    const of = (label: number): number => tested.filter((one, i) => one && labels[i] === label).length;
    expect([of(0), of(1), of(2)]).toEqual([4, 1, 0]);
  });

  it('does not depend on the order of the pictures', () => {
    const contents = names(30);
    const there = divide(new Int32Array(30), contents, HALF);
    const back = divide(new Int32Array(30), [...contents].reverse(), HALF);
    expect([...back].reverse()).toEqual([...there]);
  });

  it('keeps a picture on one side, in whatever classes it is', () => {
    const contents = [...names(10), ...names(10), ...names(10, 10)];
    const labels = contents.map((_, i) => (i < 10 ? 0 : 1));
    const tested = divide(labels, contents, HALF);
    expect([...tested.subarray(0, 10)]).toEqual([...tested.subarray(10, 20)]);
    expect(tested.reduce((a, b) => a + b)).toBe(5 + 10);
  });

  it('refuses a share that leaves nothing on one side', () => {
    expect(() => divide([0, 0], names(2), { share: 1, seed: 1 })).toThrow(
      'testShare: expected a number above 0 and below 1; got 1.',
    );
    expect(() => divide([0, 0], names(2), { share: 0.5, seed: 1.5 })).toThrow(
      'seed: expected a whole number; got 1.5.',
    );
  });
});
