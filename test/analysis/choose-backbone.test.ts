import { describe, expect, it } from 'vitest';
import { chooseBackbone, compareMethods } from '../../src/analysis/choose-backbone.ts';
import type { BackboneComparison, BackboneRow, Method } from '../../src/analysis/compare-backbones.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';

const N = 2000;

/** The first `right` of 2,000 test images are right, so that differences are as steady as they can be. */
function row(name: string, right: number, seconds: number, chosen: number, method: Method = 'logistic regression') {
  return {
    name,
    method,
    accuracy: proportion(right, N),
    right: Uint8Array.from({ length: N }, (_, i) => Number(i < right)),
    validation: proportion(chosen, 100),
    features: 10,
    secondsPerImage: seconds,
    backbone: name,
  } satisfies BackboneRow;
}

const bases = { head: 'drawn', 'logistic regression': 'drawn', 'nearest neighbours': 'drawn' };
const of = (...rows: BackboneRow[]): BackboneComparison => ({ kind: 'backbones', rows, basis: 'drawn', bases });

describe('chooseBackbone', () => {
  it('takes the best by the validation images, and the fastest that is shown to lose less than the margin', () => {
    const rows = [row('large', 1800, 4, 90), row('small', 1799, 1, 88), row('tiny', 1500, 0.1, 70)];
    const { best, fastest, toString } = chooseBackbone(of(...rows));
    expect([best.name, fastest.name]).toEqual(['large', 'small']);
    expect(toString()).toBe(
      'The 100 validation images choose large, which gets 90.0 % (95 % interval 88.6 to 91.2, n = 2,000) of the test ' +
        'images right. The fastest that is shown to lose less than a point against it is small: 90.0 % (95 % interval ' +
        '88.6 to 91.2, n = 2,000), 4 times as fast.',
    );
  });

  it('never calls the best one a faster one', () => {
    const quick = chooseBackbone(of(row('quick', 1800, 1, 90), row('slow', 1700, 2, 80)));
    expect(quick.fastest.name).toBe('quick');
    expect(String(quick)).toMatch(/right\. No other one is faster\.$/);
    const loses = chooseBackbone(of(row('slow', 1800, 2, 90), row('quick', 1700, 1, 80)), { margin: 0.02 });
    expect(String(loses)).toMatch(/right\. No faster one is shown to lose less than 2 points against it\.$/);
  });

  it('asks for validation images and for a method that was judged', () => {
    const { validation: _, ...blind } = row('a', 1, 1, 1);
    expect(() => chooseBackbone(of(blind))).toThrow('expected backbones that were judged on validation images');
    expect(() => chooseBackbone(of(row('a', 1, 1, 1)), { method: 'head' })).toThrow('by head; got 0 of 1 rows');
  });
});

it('compareMethods compares two methods on each backbone', () => {
  const compared = of(row('a', 1800, 1, 9), row('a', 1700, 1, 9, 'head'));
  const [{ name, difference }] = compareMethods(compared, 'head', 'logistic regression');
  expect(name).toBe('a');
  expect(difference.value).toBeCloseTo(-0.05, 9);
  expect(String(difference)).toContain('logistic regression is better than a: head by 5.0 points');
  expect(() => compareMethods(compared, 'head', 'nearest neighbours')).toThrow('expected a to be judged by nearest');
});
