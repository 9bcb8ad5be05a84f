import { describe, expect, it } from 'vitest';
import { stratifiedFolds } from '../../../src/experiments/cross-validation/folds.ts';
import { foldInterval } from '../../../src/experiments/statistics/fold-interval.ts';
import { random } from '../../../src/random.ts';

describe('folds', () => {
  it('hold their share of every class, each image in one, by a seed', () => {
    const labels = Array.from({ length: 103 }, (_, i) => (i < 70 ? 0 : i < 95 ? 1 : 2));
    const folds = stratifiedFolds(labels, { folds: 5, seed: 1 });
    for (const [k, size] of [70, 25, 8].entries())
      for (let fold = 0; fold < 5; fold++) {
        const own = labels.filter((label, i) => label === k && folds[i] === fold).length;
        expect(Math.abs(own - size / 5)).toBeLessThan(1);
      }
    expect(stratifiedFolds(labels, { folds: 5, seed: 1 })).toEqual(folds);
    expect(stratifiedFolds(labels, { folds: 5, seed: 2 })).not.toEqual(folds);
  });

  it('do not part a group, and stay even in size and classes', () => {
    const next = random(3, 'groups');
    const groups = Array.from({ length: 300 }, () => Math.floor(next() ** 2 * 60));
    const labels = Array.from({ length: 300 }, () => Number(next() < 0.3));
    const folds = stratifiedFolds(labels, { folds: 4, seed: 1, groups });
    const foldsOf = new Map<number, Set<number>>();
    groups.forEach((group, i) => foldsOf.set(group, (foldsOf.get(group) ?? new Set()).add(folds[i])));
    expect(Math.max(...[...foldsOf.values()].map(({ size }) => size))).toBe(1);
    for (let fold = 0; fold < 4; fold++) {
      const own = labels.filter((_, i) => folds[i] === fold);
      expect(Math.abs(own.length - 75)).toBeLessThan(12);
      expect(Math.abs(own.filter(Boolean).length / own.length - 0.3)).toBeLessThan(0.1);
    }
  });
});

/** Right or wrong of a nearest-centroid classifier on normal numbers in 4 dimensions. */
function accuracies(n: number, K: number, seed: number): { readonly folds: number[]; readonly truth: number } {
  const next = random(seed, 'coverage');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const D = 4;
  const centres = Array.from({ length: K * D }, (_, i) => (((i * 7919) % 13) / 13 - 0.5) * 3);
  const draw = (count: number): { readonly x: Float64Array; readonly labels: Int32Array } => {
    const labels = Int32Array.from({ length: count }, (_, i) => i % K);
    return {
      x: Float64Array.from(
        { length: count * D },
        (_, i) => centres[labels[Math.floor(i / D)] * D + (i % D)] + normal(),
      ),
      labels,
    };
  };
  const train = (x: Float64Array, labels: Int32Array, of: readonly number[]): Float64Array => {
    const sums = new Float64Array(K * (D + 1));
    for (const i of of) {
      sums[labels[i] * (D + 1) + D]++;
      for (let d = 0; d < D; d++) sums[labels[i] * (D + 1) + d] += x[i * D + d];
    }
    return Float64Array.from(
      { length: K * D },
      (_, i) => sums[Math.floor(i / D) * (D + 1) + (i % D)] / (sums[Math.floor(i / D) * (D + 1) + D] || 1),
    );
  };
  const rightOf = (means: Float64Array, x: Float64Array, labels: Int32Array, of: readonly number[]): number => {
    let right = 0;
    for (const i of of) {
      let [best, least] = [0, Infinity];
      for (let k = 0; k < K; k++) {
        let distance = 0;
        for (let d = 0; d < D; d++) distance += (x[i * D + d] - means[k * D + d]) ** 2;
        if (distance < least) [best, least] = [k, distance];
      }
      right += Number(best === labels[i]);
    }
    return right / of.length;
  };
  const { x, labels } = draw(n);
  const fold = stratifiedFolds(labels, { folds: 5, seed });
  const where = (holds: (f: number) => boolean): number[] => [...labels.keys()].filter((i) => holds(fold[i]));
  const folds = [0, 1, 2, 3, 4].map((f) =>
    rightOf(
      train(
        x,
        labels,
        where((other) => other !== f),
      ),
      x,
      labels,
      where((other) => other === f),
    ),
  );
  // what is estimated: how right such a classifier is on new images
  const fresh = draw(4000);
  const every = [...fresh.labels.keys()];
  const truth = [0, 1, 2, 3, 4]
    .map((f) =>
      rightOf(
        train(
          x,
          labels,
          where((other) => other !== f),
        ),
        fresh.x,
        fresh.labels,
        every,
      ),
    )
    .reduce((a, b) => a + b / 5, 0);
  return { folds, truth };
}

it.each([
  [100, 2, 250],
  [1000, 2, 80],
  [100, 10, 150],
  [1000, 10, 50],
])(
  'the interval of 5 folds of %i images in %i classes holds the true accuracy at least 93 % of the time',
  (n, K, samples) => {
    let [held, width] = [0, 0];
    for (let seed = 1; seed <= samples; seed++) {
      const { folds, truth } = accuracies(n, K, seed);
      const { interval } = foldInterval(folds, { testShare: 1 / 4, n });
      held += Number(interval[0] <= truth && truth <= interval[1]);
      width += (interval[1] - interval[0]) / samples;
    }
    console.log(
      `${n} images, ${K} classes: ${((100 * held) / samples).toFixed(1)} % held, ${(100 * width).toFixed(1)} points wide`,
    );
    expect(held / samples).toBeGreaterThanOrEqual(0.93);
  },
);

it('folds that agree are no proof: the interval is at least that of the images', () => {
  const { value, interval } = foldInterval([1, 1, 1, 1, 1], { testShare: 1 / 4, n: 50 });
  expect(value).toBe(1);
  expect(interval[0]).toBeLessThan(0.94);
});
