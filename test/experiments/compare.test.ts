import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/experiments/statistics/compare.ts';
import { random } from '../../src/random.ts';
import { createEvaluation, type Evaluation } from '../../src/training/evaluation/evaluation.ts';

const next = random(7);
const base = Array.from({ length: 2000 }, () => Number(next() < 0.8));
/** As `base`, but some wrong ones turned right and some right ones wrong. */
const changed = (gain: number, loss: number): number[] =>
  base.map((right) => (right ? Number(next() >= loss) : Number(next() < gain)));
/** Two runs of n images that disagree on some: `gained` the first has right alone, `lost` the second. */
const pair = (n: number, gained: number, lost: number): [number[], number[]] => {
  const of = (from: number, to: number): number[] =>
    Array.from({ length: n }, (_, i) => Number(i >= gained + lost || (i >= from && i < to)));
  return [of(0, gained), of(gained, gained + lost)];
};
const width = ({ interval }: ReturnType<typeof compareRuns>): number => interval[1] - interval[0];

describe('compareRuns', () => {
  it('gives the paired interval: that of the differences, image by image', () => {
    const better = changed(0.3, 0.02);
    const difference = compareRuns([better], [base], { names: ['new', 'old'] });
    const d = better.map((right, i) => right - base[i]);
    const mean = d.reduce((a, b) => a + b) / 2000;
    const error = Math.sqrt(d.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2000 / 2000);
    expect(difference.value).toBeCloseTo(mean, 12);
    expect(difference.interval[0]).toBeCloseTo(mean - 1.96 * error, 3);
    expect(difference.interval[1]).toBeCloseTo(mean + 1.96 * error, 3);
    expect(String(difference)).toMatch(
      /^new is better than old by \d\.\d points \(new less old: 95 % interval \d\.\d to \d\.\d; n = 2,000 test images; one run each: other seeds are not in it\)$/,
    );
    expect(String(compareRuns([base], [better], { names: ['old', 'new'] }))).toMatch(/^new is better than old by/);
  });

  it('says that no difference is shown where the interval holds 0, and whether a loss is ruled out', () => {
    expect(String(compareRuns([changed(0.05, 0.0125)], [base]))).toMatch(
      /^no difference shown between the first and the second: -?\d\.\d points .*; a loss of more than 1 point is ruled out$/,
    );
    expect(String(compareRuns(...(pair(100, 3, 5).map((run) => [run]) as [number[][], number[][]])))).toMatch(
      /a loss of more than 1 point is not ruled out$/,
    );
  });

  it('is wide where runs of one setting differ among themselves, and says whose seeds are in it', () => {
    const alike = compareRuns([base, base, base], [changed(0.1, 0.01)], { names: ['a', 'b'] });
    const unlike = compareRuns([base, changed(0.5, 0), changed(0, 0.2)], [changed(0.1, 0.01)]);
    expect(width(unlike)).toBeGreaterThan(2 * width(alike));
    expect(String(alike)).toContain('3 and 1 runs; one run of b: its other seeds are not in it');
    expect(String(unlike)).toContain('more seeds would narrow it');
    expect(String(compareRuns([base, changed(0.01, 0)], [base, changed(0.01, 0)]))).not.toContain('not in it');
  });

  it('is as wide as so many comparisons need: 3.66 and 4.06 standard errors of 200 and of 1,000', () => {
    const [a, b] = pair(20_000, 2000, 2000);
    const error = Math.sqrt(4000) / 20_000;
    for (const [comparisons, errors] of [
      [1, 1.96],
      [200, 3.66],
      [1000, 4.06],
    ])
      expect(width(compareRuns([a], [b], { comparisons })) / 2 / error).toBeCloseTo(errors, 1.7);
    expect(() => compareRuns([a], [b], { comparisons: 0 })).toThrow(
      'comparisons: expected a whole number from 1; got 0',
    );
  });

  it('has no interval of nothing where runs agree everywhere', () => {
    const [a] = pair(1000, 0, 0);
    expect(width(compareRuns([a], [a]))).toBeGreaterThan(0.003);
  });

  it('takes a loss that widening hides for what it is', () => {
    // 2.5 points lower on 1,000 images, as 96×96 is in notebook 04
    const [a, b] = pair(1000, 35, 60);
    const widened = compareRuns([a], [b], { comparisons: 6 });
    expect(widened.interval[1]).toBeGreaterThan(0);
    expect(widened.noWorse).toBe(false);
    expect(widened.atLeast).toBe(compareRuns([a], [b]).atLeast);
    expect(widened.atLeast).toBeCloseTo(-0.025 - (1.645 * Math.sqrt(95)) / 1000, 3);
    expect(compareRuns([a], [b], { margin: 0.05 }).noWorse).toBe(true);
    expect(() => compareRuns([a], [b], { margin: 2 })).toThrow('margin: expected a number from 0 to 1');
  });

  it('refuses runs on other images', () => {
    expect(() => compareRuns([[1, 0]], [[1, 0, 1]])).toThrow(
      'compareRuns: expected one run or more of each, on the same test images',
    );
  });
});

describe('evaluations', () => {
  type Data = NonNullable<Evaluation['of']['test']['origin']>['data'];
  const on = ({
    labels = [0, 1, 1, 0],
    names = ['cat', 'dog'],
    head = 'a head',
    id = 'features',
    data,
  }: {
    labels?: number[];
    names?: string[];
    head?: string;
    id?: string;
    data?: Partial<Data>;
  } = {}): Evaluation => {
    const pictures = { name: 'photos', n: 4, id: 'ids', imageSize: [8, 8], ...data };
    const origin = data && ({ data: pictures } as unknown as Evaluation['of']['test']['origin']);
    return createEvaluation({
      probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4),
      labels: Int32Array.from(labels),
      classNames: names,
      temperature: 1,
      of: { head, test: { id, name: `test ${id}`, n: 4, views: 1, ...(origin && { origin }) } },
    });
  };
  const compare = (a: Evaluation, b: Evaluation) => (): unknown => compareRuns([a], [b]);

  it('of test sets of one size whose labels differ are refused, naming both', () => {
    expect(compare(on({ id: 'one' }), on({ id: 'two', labels: [1, 0, 1, 0] }))).toThrow(
      'compareRuns: expected runs on the same test images in the same order; got test one (n = 4, one) and test two (n = 4, two): labels differ.',
    );
    expect(compare(on({ id: 'one' }), on({ id: 'two' }))).not.toThrow();
    // the same classes in another order are the same labels
    expect(compare(on({ id: 'one' }), on({ id: 'two', labels: [1, 0, 0, 1], names: ['dog', 'cat'] }))).not.toThrow();
  });

  it('of other pictures with the same labels are refused as well', () => {
    const one = on({ id: 'one', data: { id: 'first' } });
    expect(compare(one, on({ id: 'two', data: { id: 'second' } }))).toThrow(': pictures differ.');
    expect(compare(one, on({ id: 'two', data: { id: 'first' } }))).not.toThrow();
    // the same photos, as another network takes them
    expect(compare(one, on({ id: 'two', data: { id: 'second', imageSize: [16, 16] } }))).not.toThrow();
    expect(compare(one, on({ id: 'two', data: { id: 'second', imageSize: [16, 16], name: 'others' } }))).toThrow(
      'they are called differently',
    );
    expect(() => compareRuns([one, one], [one, on({ id: 'two', data: { id: 'second' } })])).toThrow('pictures differ');
  });

  it('of the same head on the same images count once', () => {
    const twice = compareRuns([on(), on(), on({ head: 'another' })], [on()]);
    expect(twice.runs).toEqual([2, 1]);
  });
});
