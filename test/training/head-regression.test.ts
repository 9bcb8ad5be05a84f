import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { stratifiedOrder } from '../../src/data/subset.ts';
import { type Features, features, firstRows, pickFeatures } from '../../src/features/features.ts';
import { joinFeatures } from '../../src/features/join-features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { sweep } from '../../src/experiments/sweep.ts';
import { random } from '../../src/random.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { scaleTemperature } from '../../src/training/evaluation/temperature.ts';
import { fit } from '../../src/training/fit.ts';
import { chooseRegression } from '../../src/training/regression/chosen-regression.ts';
import { decayInFolds } from '../../src/training/regression/decay-in-folds.ts';
import { chooseHeadRegression } from '../../src/training/regression/head-regression.ts';
import { logisticProbabilities, logisticRegression } from '../../src/training/regression/logistic-regression.ts';

const [D, K] = [12, 3];
const folder = mkdtempSync(path.join(os.tmpdir(), 'head-regression-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Draws clouds of three classes that overlap, as far from zero as a network's features are. */
function clouds(n: number, seed: number, apart = 1.2): Features {
  const next = random(seed, 'clouds');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const labels = Int32Array.from({ length: n }, (_, i) => i % K);
  const rows = Float32Array.from({ length: n * D }, (_, at) => {
    const [i, j] = [Math.floor(at / D), at % D];
    return 3 + normal() + (j % K === labels[i] ? apart : 0);
  });
  return features(rows, labels, { name: `clouds ${seed}`, classNames: ['a', 'b', 'c'] });
}
const [train, validation, test] = [clouds(90, 1), clouds(60, 2), clouds(300, 3)];
const head = (options = {}) => buildHead([D], { classes: train.classNames, ...options });
const quiet = { validation, progress: false } as const;

describe("fit with head 'regression'", () => {
  it('puts the optimum of a regression on training and validation images into the head', async () => {
    await useTensorFlow();
    const model = head({ dropout: 0 });
    const history = await fit(model, train, { ...quiet, head: 'regression' });
    const { chosen } = history.of;
    const { l2 } = chosen!.regression!;
    expect(chosen).toMatchObject({ head: 'regression', regression: { converged: true } });
    const best = await logisticRegression(joinFeatures(train, validation), { l2, tolerance: 1e-8 });
    const expected = await logisticProbabilities(best, test);
    const { probabilities } = await evaluate(model, test);
    for (const [i, p] of expected.entries()) expect(probabilities[i]).toBeCloseTo(p, 2);
    expect(history.epochs).toHaveLength(1);
    expect(String(history)).toMatch(/^history of a regression in .*logistic regression, decay /);
    model.dispose(); // before it is collected, while another test counts tensors
  });

  it('takes the decay that folds of few images choose, none of its neighbours being better there', async () => {
    const all = joinFeatures(train, validation);
    const order = stratifiedOrder(all.labels, 0);
    const lossOf = async (l2: number): Promise<number> => {
      let sum = 0;
      for (let from = 0; from < 150; from += 30) {
        const [held, others] = [order.slice(from, from + 30), order.filter((_, i) => i < from || i >= from + 30)];
        const judge = pickFeatures(all, held);
        const p = await logisticProbabilities(await logisticRegression(pickFeatures(all, others), { l2 }), judge);
        judge.labels.forEach((label, i) => (sum -= Math.log(p[K * i + label])));
      }
      return sum / 150;
    };
    const { l2, edge } = await decayInFolds(all, {});
    expect(edge).toBeUndefined();
    expect((await chooseHeadRegression(train, validation)).l2).toBe(l2);
    const own = await lossOf(l2);
    for (const other of [10 * l2, 3 * l2, 0.3 * l2, 0.1 * l2]) expect(await lossOf(other)).toBeGreaterThan(own - 1e-3);
  });

  it('takes what the validation images choose of many: a power of ten or what lies beside it', async () => {
    const many = clouds(1200, 6);
    const { l2, validation: judged } = await chooseHeadRegression(many, validation);
    const { l2: power, tried } = await chooseRegression(many, validation, { by: 'loss' });
    expect([power, 3 * power, 0.3 * power]).toContainEqual(expect.closeTo(l2, 12));
    expect(judged.loss).toBeLessThanOrEqual(tried.find((one) => one.l2 === power)!.validation.loss + 1e-3);
  });

  it('keeps no tensors', async () => {
    await useTensorFlow();
    const run = async (): Promise<void> => {
      const model = head();
      await fit(model, train, { ...quiet, head: 'auto', epochs: 1 });
      model.dispose();
    };
    await run();
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tells how many images were trained on, the validation images among them', async () => {
    const keys = (from: number, n: number): Uint8Array =>
      Uint8Array.from({ length: 16 * n }, (_, i) => (i % 16 ? 0 : from + Math.floor(i / 16)));
    const named = (of: Features, from: number): Features => ({ ...of, contents: () => keys(from, of.labels.length) });
    const [own, judged] = [named(train, 0), named(validation, 100)];
    const model = head({ dropout: 0 });
    await fit(model, own, { validation: judged, progress: false, head: 'regression' });
    expect((await evaluate(model, judged)).seen).toEqual({ training: 60, validation: 0 });
    await expect(scaleTemperature(model, judged)).rejects.toThrow(/not trained on; got .*, of which .* 60 of 60/);
    const { temperature } = await scaleTemperature(model, named(validation, 200));
    expect(temperature).toBeGreaterThan(0);
  });

  it.each<[string, object, object, string]>([
    ['epochs', {}, { epochs: 5 }, 'head: expected no option of the softmax head with regression; got epochs 5.'],
    ['hidden layers', { hidden: [4] }, {}, 'head: expected a head of one Dense layer that trains'],
    ['no validation images', {}, { validation: undefined }, 'head: expected validation images for regression'],
  ])('refuses %s', async (_, built, options, message) => {
    await expect(fit(head(built), train, { ...quiet, head: 'regression', ...options })).rejects.toThrow(message);
  });

  it('refuses a kind that it does not know', async () => {
    await expect(fit(head(), train, { ...quiet, head: 'svm' as never })).rejects.toThrow(
      'head: expected one of softmax, regression, auto; got "svm".',
    );
  });
});

it('a decay that is plainly worse on the way is left, and the choice is the same', async () => {
  await useTensorFlow();
  const [few, others] = [clouds(40, 4, 0.5), clouds(200, 5, 0.5)];
  const choice = { by: 'loss', decays: [1e-2, 1e-6] } as const;
  const whole = await chooseRegression(few, others, choice);
  const left = await chooseRegression(few, others, { ...choice, patience: 1 });
  expect(left.l2).toBe(whole.l2);
  const [last, tried] = [left.tried.at(-1)!, whole.tried[left.tried.length - 1]];
  expect(last.l2).toBe(tried.l2);
  expect(last.iterations).toBeLessThan(tried.iterations);
});

describe("fit with head 'auto'", () => {
  it('takes the regression if both are equal or it is better', async () => {
    const model = head();
    const { of } = await fit(model, train, { ...quiet, head: 'auto', epochs: 1, learningRate: 1e-6 });
    expect(of.chosen).toMatchObject({ head: 'regression', softmax: {}, regression: {} });
    expect(of.chosen!.why).toMatch(/^regression \(decay .*\): .* of 60 validation images; softmax: .* %; then trained/);
  });

  it('keeps the softmax head if that is shown to be better, as it was trained', async () => {
    const [model, plain] = [head(), head()];
    const how = { progress: false, epochs: 2 } as const;
    const alone = await fit(plain, train, { ...how, validation });
    // images that are what it takes them for
    const agreeing = { ...validation, labels: (await evaluate(plain, validation)).predictions, id: 'agreeing' };
    const { of } = await fit(model, train, { ...how, validation: agreeing, head: 'auto' });
    expect(of.chosen).toMatchObject({ head: 'softmax', softmax: { accuracy: 1 } });
    expect(of.chosen!.regression!.accuracy).toBeLessThan(1);
    expect(of.head).toBe(alone.of.head);
  });

  it('takes the regression if the validation images do not show that softmax is better, and says so', async () => {
    const model = head();
    const few = firstRows(validation, 4);
    const how = { progress: false, epochs: 2 } as const;
    await fit(model, train, { ...how, validation: few });
    const agreeing = { ...few, labels: (await evaluate(model, few)).predictions, id: 'agreeing' };
    const { of } = await fit(head(), train, { ...how, validation: agreeing, head: 'auto' });
    expect(of.chosen).toMatchObject({ head: 'regression', softmax: { accuracy: 1 } });
    expect(of.chosen!.why).toMatch(/; softmax: 100.0 %, too few more to show that it is better, so regression; then/);
  });

  it('is said to be interrupted if it was, with the softmax head', async () => {
    const stop = new AbortController();
    const model = head();
    const { stopped, of } = await fit(model, train, {
      ...quiet,
      head: 'auto',
      epochs: 2,
      onEpoch: (_, history) => {
        if (history.length === 2) stop.abort();
      },
      signal: stop.signal,
    });
    expect([stopped, of.chosen]).toEqual(['interrupted', undefined]);
  });
});

it('a sweep has regressions beside softmax heads, and refuses what a regression does not have', async () => {
  const data = { train, validation, test };
  const how = { folder, progress: false } as const;
  const { runs, failed } = await sweep({ head: ['softmax', 'regression'], seed: [1] }, data, how);
  expect([runs.length, failed]).toEqual([2, []]);
  expect(runs[1].epochs).toMatchObject([{ epoch: 1 }]);
  expect(runs[1].accuracy).toBeGreaterThan(0.6);
  expect(new Set(runs.map(({ of }) => of!.key)).size).toBe(2);
  await expect(sweep({ head: ['regression'], dropout: [0.5] }, data, how)).rejects.toThrow(
    'sweep: head: expected no option of the softmax head with regression; got dropout 0.5.',
  );
});
