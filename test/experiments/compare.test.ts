import { describe, expect, it } from 'vitest';
import { random } from '../../src/random.ts';
import {
  answer,
  answerAmong,
  compareAll,
  compareRuns,
  compareSettings,
  mcnemar,
  meanAccuracy,
} from '../../src/experiments/compare.ts';
import type { Setting, SweepRun } from '../../src/experiments/sweep.ts';

const next = random(7);
const base = Array.from({ length: 2000 }, () => Number(next() < 0.8));
/** As `base`, but some wrong ones turned right and some right ones wrong. */
const changed = (gain: number, loss: number): number[] =>
  base.map((right) => (right ? Number(next() >= loss) : Number(next() < gain)));

describe('compareRuns', () => {
  it('gives the paired interval: that of the differences, image by image', () => {
    const better = changed(0.3, 0.02);
    const difference = compareRuns([better], [base], { names: ['new', 'old'] });
    const d = better.map((right, i) => right - base[i]);
    const mean = d.reduce((a, b) => a + b) / 2000;
    const error = Math.sqrt(d.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2000 / 2000);
    expect(difference.value).toBeCloseTo(mean, 12);
    expect(difference.interval[0]).toBeCloseTo(mean - 1.96 * error, 2.6);
    expect(difference.interval[1]).toBeCloseTo(mean + 1.96 * error, 2.6);
    expect(String(difference)).toMatch(
      /^new is better than old by \d\.\d points \(new less old: 95 % interval \d\.\d to \d\.\d; n = 2,000 test images, 1 and 1 runs\)$/,
    );
    expect(String(compareRuns([base], [better], { names: ['old', 'new'] }))).toMatch(/^new is better than old by/);
  });

  it('says that no difference is shown where the interval holds 0', () => {
    expect(String(compareRuns([changed(0.05, 0.0125)], [base]))).toMatch(
      /^no difference shown between the first and the second: -?\d\.\d points/,
    );
  });

  it('is wider where runs of one setting differ among themselves', () => {
    const width = ({ interval }: ReturnType<typeof compareRuns>): number => interval[1] - interval[0];
    const alike = compareRuns([base, base, base], [changed(0.1, 0.01)]);
    const unlike = compareRuns([base, changed(0.5, 0), changed(0, 0.2)], [changed(0.1, 0.01)]);
    expect(width(unlike)).toBeGreaterThan(2 * width(alike));
  });

  it('refuses runs on other images', () => {
    expect(() => compareRuns([[1, 0]], [[1, 0, 1]])).toThrow(
      'compareRuns: expected one run or more of each, on the same test images',
    );
  });
});

it('mcnemar gives the exact two-sided p-value (statsmodels.stats.contingency_tables.mcnemar)', () => {
  const pair = (only: number, other: number): [number[], number[]] => [
    [...new Array<number>(only).fill(1), ...new Array<number>(other).fill(0), 1, 0],
    [...new Array<number>(only).fill(0), ...new Array<number>(other).fill(1), 1, 0],
  ];
  // mcnemar([[1, a], [b, 1]], exact=True).pvalue
  expect(mcnemar(...pair(5, 15))).toBeCloseTo(0.04138946533203125, 12);
  expect(mcnemar(...pair(10, 10))).toBe(1);
  expect(mcnemar(...pair(60, 100))).toBeCloseTo(0.001953728034064355, 12);
});

describe('a sweep’s answer', () => {
  const run = (setting: Setting, right: number[]): SweepRun => ({
    setting,
    right: Uint8Array.from(right),
    accuracy: right.reduce((a, b) => a + b) / right.length,
    loss: 1,
    epochs: [],
    seconds: 1,
  });
  const seeds = (setting: Setting, make: () => number[]): SweepRun[] =>
    [1, 2, 3].map((seed) => run({ ...setting, epochs: 20, seed }, make()));

  it('names the best setting by its mean over seeds, and says what it shows against the plain one', () => {
    const plain = seeds({ dropout: 0.5 }, () => changed(0, 0));
    const better = answer(
      [
        ...plain,
        ...seeds({ dropout: 0.2 }, () => changed(0.3, 0.01)),
        ...seeds({ dropout: 0.5, l2: 0 }, () => changed(0, 0)),
      ],
      {
        dropout: 0.5,
      },
    );
    expect(better).toMatch(
      /^best of 2 settings by its mean: dropout 0\.2, 8\d\.\d %, against \d\d\.\d % for dropout 0\.5\ndropout 0\.2 is better than dropout 0\.5 by/,
    );
    expect(answer([...plain, ...seeds({ dropout: 0.2 }, () => changed(0.02, 0.004))], { dropout: 0.5 })).toContain(
      'no difference shown',
    );
    expect(() => answer(plain, { dropout: 0.3 })).toThrow(
      'expected runs of "dropout 0.3" and of others; there are dropout 0.5',
    );
  });

  it('widens the interval where the best of many is picked', () => {
    const [a, b] = [changed(0.1, 0.01), base];
    const width = (comparisons: number): number => {
      const { interval } = compareRuns([a], [b], { comparisons });
      return interval[1] - interval[0];
    };
    expect(width(10) / width(1)).toBeGreaterThan(1.25); // z of 2.81 and 1.96
    expect(width(10) / width(1)).toBeLessThan(1.65);
  });

  it('compares settings only where the rest is the same', () => {
    const runs = [
      ...seeds({ dropout: 0.2, l2: 0 }, () => base),
      ...seeds({ dropout: 0.2, l2: 0.1 }, () => base),
      ...seeds({ dropout: 0.5, l2: 0 }, () => base),
    ];
    expect(compareSettings(runs, { dropout: 0.2, l2: 0 }, { dropout: 0.5, l2: 0 }).runs).toEqual([3, 3]);
    expect(() => compareSettings(runs, { dropout: 0.2 }, { dropout: 0.5 })).toThrow(
      'expected settings that differ in what is named only',
    );
    expect(() => compareSettings(runs, { dropout: 0.9 }, { dropout: 0.5 })).toThrow(
      'compareSettings: expected runs with dropout 0.9; the sweep has dropout 0.2',
    );
  });
});

describe('groups of runs', () => {
  const run = (right: readonly number[]): SweepRun => ({
    setting: {},
    right: Uint8Array.from(right),
    accuracy: right.reduce((a, b) => a + b) / right.length,
    loss: 1,
    epochs: [],
    seconds: 1,
  });
  const groups = { plain: [run(base)], better: [run(changed(0.3, 0.02))], worse: [run(changed(0, 0.2))] };

  it('are each compared with one of them, with intervals for all comparisons together', () => {
    const found = compareAll(groups, 'plain');
    expect(found.map(({ name }) => name)).toEqual(['better', 'worse']);
    expect(found[0].difference.interval[0]).toBeGreaterThan(0);
    expect(found[1].difference.interval[1]).toBeLessThan(0);
    const alone = compareRuns([groups.better[0].right], [groups.plain[0].right]);
    expect(found[0].difference.interval[0]).toBeLessThan(alone.interval[0]);
    expect(answerAmong(groups, 'plain')).toMatch(
      /^best of 3 settings by its mean: better, .* for plain\nbetter is better than plain by/,
    );
    expect(() => compareAll({ plain: groups.plain }, 'plain')).toThrow(
      'compareAll: expected runs of "plain" and of others; there are plain',
    );
  });

  it('have a mean accuracy with the interval of one run', () => {
    const { value, n, interval } = meanAccuracy([run([1, 1, 0, 0]), run([1, 0, 0, 0])]);
    expect(value).toBe(0.375);
    expect(n).toBe(4);
    expect(interval[0]).toBeLessThan(0.375);
  });
});
