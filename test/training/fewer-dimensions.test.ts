import { beforeAll, describe, expect, it } from 'vitest';
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { normal, random } from '../../src/random.ts';
import { centred, centreOf, recentred } from '../../src/training/regression/centred.ts';
import { denseCrossEntropy } from '../../src/training/regression/dense-cross-entropy.ts';
import { inFewerDimensions } from '../../src/training/regression/fewer-dimensions.ts';
import { sparseCrossEntropy } from '../../src/training/regression/sparse-cross-entropy.ts';
import { logisticRegression } from '../../src/training/regression/logistic-regression.ts';

const [N, D, K] = [40, 300, 3];
beforeAll(useTensorFlow);

/** Drawn features, as after a ReLU, some of which never change. */
function drawn(n = N, d = D): Float32Array {
  const next = random(1);
  return Float32Array.from({ length: n * d }, (_, i) => (i % d < 5 ? 2 : Math.max(0, normal(next))));
}
const labels = Array.from({ length: N }, (_, i) => (i * i) % K);
const of = (rows: Float32Array) => features(rows, labels, { classNames: ['a', 'b', 'c'] });

function scores(rows: ArrayLike<number>, weights: Float64Array, d: number): number[] {
  return Array.from({ length: N * K }, (_, at) => {
    const [i, k] = [Math.floor(at / K), at % K];
    let sum = weights[d * K + k];
    for (let j = 0; j < d; j++) sum += rows[i * d + j] * weights[j * K + k];
    return sum;
  });
}

describe.each([false, true])('fewer dimensions than images, standardize %s', (standardize) => {
  it('give the same scores, there and back', async () => {
    const rows = drawn();
    rows.copyWithin(D, 0, D); // two images are the same
    const centre = centreOf(rows, of(rows), standardize);
    const few = (await inFewerDimensions(rows, centre))!;
    const r = few.rows.length / N;
    expect(r).toBe(N - 2); // one for the mean, one for the copy
    const next = random(2);
    const weights = Float64Array.from({ length: (r + 1) * K }, () => normal(next));
    const back = few.back(weights);
    const x = centred(rows, centre);
    const [own, whole] = [scores(few.rows, weights, r), scores(x.dataSync(), back, D)];
    x.dispose();
    own.forEach((score, i) => expect(whole[i]).toBeCloseTo(score, 4));
    few.forth(back).forEach((weight, i) => expect(weight).toBeCloseTo(weights[i], 4));
    const squares = (some: Float64Array): number => some.reduce((sum, w) => sum + w * w, 0);
    expect(squares(back) / squares(weights)).toBeCloseTo(1, 4);
  });

  it('end at the optimum of all dimensions', async () => {
    const rows = drawn();
    const train = of(rows);
    const centre = centreOf(rows, train, standardize);
    const l2 = 5e-5;
    const loss = await denseCrossEntropy(rows, train, centre);
    const found = await logisticRegression(train, { l2, standardize, tolerance: 1e-7 });
    const again = await logisticRegression(train, { l2, standardize, tolerance: 1e-7, start: found });
    const weights = recentred(found, centre);
    const { value, gradient } = await loss.at(weights);
    loss.dispose();
    let [penalty, steepest] = [0, 0];
    for (let i = 0; i < weights.length; i++) {
      const decay = i < D * K ? l2 * weights[i] : 0;
      penalty += (decay * weights[i]) / 2;
      steepest = Math.max(steepest, Math.abs(gradient[i] + decay));
    }
    expect(found.converged).toBe(true);
    expect(found.loss).toBeCloseTo(value + penalty, 5);
    expect(steepest).toBeLessThan(5e-5);
    expect(again.iterations).toBeLessThan(3);
    expect(again.loss).toBeCloseTo(found.loss, 6);
  });
});

it('the loss and its gradient are the same with zeros and without', async () => {
  const [n, d] = [300, 20]; // more images than are summed at once
  const rows = drawn(n, d);
  const set = features(
    rows,
    Array.from({ length: n }, (_, i) => i % K),
    { classNames: ['a', 'b', 'c'] },
  );
  const centre = centreOf(rows, set, true);
  const weights = Float64Array.from({ length: (d + 1) * K }, (_, i) => Math.sin(i));
  const [dense, sparse] = [await denseCrossEntropy(rows, set, centre), (await sparseCrossEntropy(rows, set, centre))!];
  const [own, other] = [await dense.at(weights), await sparse.at(weights)];
  dense.dispose();
  expect(other.value).toBeCloseTo(own.value, 6);
  other.gradient.forEach((one, i) => expect(one).toBeCloseTo(own.gradient[i], 6));
});

describe('features stay as they are', () => {
  const few = (rows: Float32Array, d: number) =>
    inFewerDimensions(rows, centreOf(rows, features(rows, new Array(rows.length / d).fill(0)), false));

  it('if there are more images than half of the features', async () => {
    expect(await few(drawn(40, 70), 70)).toBeUndefined();
  });
  it('if two images are nearly the same, which float32 cannot tell', async () => {
    const rows = drawn();
    for (let j = 0; j < D; j++) rows[D + j] = rows[j] * 1.002;
    expect(await few(rows, D)).toBeUndefined();
  });
  it('if all images are the same', async () => {
    expect(await few(new Float32Array(4 * 50).fill(3), 50)).toBeUndefined();
  });
});
