import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseRegression, chosenRegression } from '../../src/training/regression/chosen-regression.ts';
import { compareBackbones } from '../../src/analysis/compare-backbones.ts';
import { logisticProbabilities, logisticRegression } from '../../src/training/regression/logistic-regression.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { sample } from '../../src/data/subset.ts';
import { compareAll } from '../../src/experiments/statistics/compare-settings.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { features } from '../../src/features/features.ts';
import { buildHead } from '../../src/models/head.ts';
import { loadBackbone } from '../../src/backbones/load-backbone.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { mostProbable, rightOf } from '../../src/training/evaluation/evaluation.ts';
import { fit } from '../../src/training/fit.ts';
import { drawn } from '../references/drawn.ts';
import { tensorsInUse } from '../tensors.ts';

const images = sample(shapes10({ train: 130, test: 60 }), { train: 100, test: 60, validation: 30 });
const cache = mkdtempSync(path.join(os.tmpdir(), 'compare-'));
afterAll(() => rmSync(cache, { recursive: true }));
const quick = { epochs: 3, decays: [0.001], cache };

describe('compareBackbones', () => {
  it('judges each backbone in three ways, with what the same steps give by hand', async () => {
    const mini = { backbone: 'vgg19-mini', precision: 'float32', cut: 'block5_pool' } as const;
    const { rows, basis, bases } = await compareBackbones(images, [mini, { ...mini, size: 32 }], quick);
    expect(rows.map(({ name, method, features }) => [name, method, features])).toEqual([
      ['vgg19-mini block5_pool float32', 'head', 512],
      ['vgg19-mini block5_pool float32', 'logistic regression', 512],
      ['vgg19-mini block5_pool float32', 'nearest neighbours', 512],
      ['vgg19-mini block5_pool at 32 float32', 'head', 128],
      ['vgg19-mini block5_pool at 32 float32', 'logistic regression', 128],
      ['vgg19-mini block5_pool at 32 float32', 'nearest neighbours', 128],
    ]);
    expect(basis).toBe('shapes10 train, 100 of 130 (seed 1), 30 validation images; shapes10 test, 60 of 60 (seed 1)');
    // epochs are only said of what has some
    expect(bases).toEqual({
      head: `${basis}; heads: 3 epochs, seed 1`,
      'logistic regression': `${basis}; logistic regression, decay chosen on the validation images`,
      'nearest neighbours': `${basis}; vote of the 10 nearest neighbours`,
    });
    const model = await loadBackbone('vgg19-mini', { cut: 'block5_pool' });
    const { train, test } = await extractFeatures(model as never, images, { precision: 'float32', cache });
    const head = buildHead(train.shape.slice(1), { classes: train.classNames, dropout: 0.5, seed: 1 });
    await fit(head, train, { epochs: 3, seed: 1 });
    expect(rows[0].right).toEqual((await evaluate(head, test)).right);
    const fitted = await logisticRegression(train, { l2: 0.001 });
    const said = mostProbable(await logisticProbabilities(fitted, test), 10);
    expect(rows[1].right).toEqual(rightOf(said, test.labels));
    for (const { accuracy, right, secondsPerImage } of rows) {
      expect(accuracy.n).toBe(60);
      expect(accuracy.value).toBeCloseTo(right.reduce((a, b) => a + b) / 60, 12);
      expect(secondsPerImage).toBeGreaterThan(0);
    }
    // and on the images to choose by
    const { validation } = await extractFeatures(model as never, images, { precision: 'float32', cache });
    expect(rows[0].validation).toMatchObject({ value: (await evaluate(head, validation!)).accuracy.value, n: 30 });
    const judged = mostProbable(await logisticProbabilities(fitted, validation!), 10);
    expect(rows[1].validation!.value).toBeCloseTo(rightOf(judged, validation!.labels).reduce((a, b) => a + b) / 30, 12);
    expect(rows[2].validation!.n).toBe(30);
    const [pair] = compareAll({ first: [rows[0]], second: [rows[3]] }, 'first');
    expect(pair.difference.n).toBe(60);
  });

  it('keeps no tensors', async () => {
    await compareBackbones(images, ['vgg19-mini'], quick);
    const before = await tensorsInUse();
    await compareBackbones(images, ['vgg19-mini'], quick);
    expect(await tensorsInUse()).toBe(before);
  });

  it('says what is missing before it computes anything', async () => {
    const none = compareBackbones(images, [], quick);
    await expect(none).rejects.toThrow(
      'compareBackbones: expected one backbone or more, each with a name of its own; got none.',
    );
    const twice = compareBackbones(images, ['vgg19-mini', 'vgg19-mini'], quick);
    await expect(twice).rejects.toThrow('each with a name of its own; got "vgg19-mini" twice.');
    const absent = compareBackbones(images, ['vgg19-mini', 'resnet50'], { ...quick, cache: `${cache}/none` });
    await expect(absent).rejects.toThrow('npm run download');
  });
});

describe('chosenRegression', () => {
  // two classes along a line, with a thousandth of it beside: any decay from 0.1 down finds it
  const line = (n: number, noise: number) =>
    features(
      Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? noise * Math.sin(i) : i < n ? 1 : -1)),
      Int32Array.from({ length: n }, (_, i) => Number(2 * i >= n)),
      { classNames: ['left', 'right'] },
    );

  it('takes the decay of the smallest cross-entropy, unless another is shown to get more images right', async () => {
    // three in five are of one class, which a large decay says of all; a small one is sure, and wrong of each tenth
    const sure = (n: number, share = 0) =>
      features(
        Float32Array.from({ length: n }, (_, i) => (i % 5 < 2 ? 1 : -1) * (i % 10 < 10 * share ? -1 : 1)),
        Int32Array.from({ length: n }, (_, i) => Number(i % 5 < 2)),
      );
    for (const [n, l2] of [
      [10, 10],
      [100, 1e-8],
    ]) {
      const { tried, ...choice } = await chooseRegression(sure(50), sure(n, 0.1), { decays: [10, 1e-8] });
      const [large, small] = tried.map(({ validation: { accuracy, loss } }) => ({ right: accuracy.value, loss }));
      expect([large.right, small.right]).toEqual([0.6, 0.9]);
      expect(large.loss).toBeLessThan(small.loss);
      expect(choice.l2).toBe(l2);
    }
    const parts = { train: line(40, 0.1), validation: line(20, 0.1), test: line(30, 0.1) };
    const found = await chosenRegression(parts, { decays: [10, 0.001, 0.1] });
    expect(found).toMatchObject({ l2: 0.001, converged: true });
    expect(found.right).toEqual(new Uint8Array(30).fill(1));
  });

  it('says so where the decay is the last one tried in its direction, and how it was chosen', async () => {
    const parts = { train: line(40, 0.1), validation: line(20, 0.1), test: line(30, 0.1) };
    const least = await chosenRegression(parts); // nothing is wrong, so that the surest is best
    expect(least).toMatchObject({ l2: 1e-8, edge: 'smallest' });
    expect(String(least)).toBe(
      'decay 1e-8 (the smallest tried: a smaller one may be better), of 8 from 0.1 to 1e-8; ' +
        'on the validation images 100.0 % (95 % interval 83.9 to 100.0, n = 20)',
    );
    expect(least.tried.map(({ l2 }) => l2)).toEqual([0.1, 0.01, 0.001, 0.0001, 1e-5, 1e-6, 1e-7, 1e-8]);
    // labels that are drawn: whatever is learnt is wrong, and the less the better
    const noise = (seed: number) =>
      features(
        drawn(60 * 20, seed),
        Array.from({ length: 60 }, (_, i) => i % 2),
      );
    const most = await chooseRegression(noise(1), noise(2), { decays: [1e-4, 100, 1] });
    expect(most.edge).toBe(most.l2 === 100 ? 'largest' : most.l2 === 1e-4 ? 'smallest' : undefined);
    const within = await chooseRegression(line(40, 0.1), line(20, 0.1), { decays: [0, 0.1] });
    expect([within.l2, within.edge]).toEqual([0, undefined]); // there is none below 0
    const one = await chooseRegression(line(40, 0.1), undefined, { decays: [0.01] });
    expect([one.edge, one.tried, String(one)]).toEqual([undefined, [], 'decay 0.01']);
  });

  it('asks for validation images where there is something to choose', async () => {
    const parts = { train: line(40, 0.1), test: line(30, 0.1) };
    await expect(chosenRegression(parts)).rejects.toThrow(
      'decays: expected one, or validation images to choose by; got 8 and none.',
    );
    expect((await chosenRegression(parts, { decays: [0.01] })).l2).toBe(0.01);
  });
});
