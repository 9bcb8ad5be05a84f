import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../src/experiments/sweep.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { runFile } from '../../src/experiments/run-records.ts';
import { type Features, features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { buildHead } from '../../src/models/head.ts';
import { contradictionOf } from '../../src/options/contradictions.mjs';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fineTune } from '../../src/training/fine-tune.ts';
import { fit } from '../../src/training/fit.ts';
import type { FitOptions } from '../../src/training/fit-options.ts';
import { plateauRate } from '../../src/training/steps/plateau.ts';
import { tensorsInUse } from '../tensors.ts';

beforeAll(useTensorFlow);

const waves = (n: number, phase = 0): Features =>
  features(
    Float32Array.from({ length: n * 12 }, (_, i) => Math.sin(Math.floor(i / 12) * 0.7 + (i % 12) * 1.3 + phase)),
    Array.from({ length: n }, (_, i) => (i * 7) % 3),
  );
const [train, validation] = [waves(60), waves(20, 0.3)];
/** The same rows as a training reads them that WebAssembly does not take. */
const live: Features = { ...train, rowsOfEpoch: (indices) => train.rows(indices) };
const head = (options = {}): tf.LayersModel => buildHead([12], { classes: 3, dropout: 0.3, ...options });
const weights = (model: tf.LayersModel): number[] => model.getWeights().flatMap((weight) => [...weight.dataSync()]);
const run = async (options: FitOptions, images = train, model = head()): Promise<number[]> => {
  await fit(model, images, { epochs: 4, batchSize: 10, learningRate: 0.05, progress: false, ...options });
  return weights(model);
};

describe('options that would have no effect', () => {
  it.each<[object, string]>([
    [{ weightDecay: 0.1 }, 'weightDecay: expected optimizer adamw with it; got adam. With other optimizers l2 adds'],
    [{ weightDecay: 0.1, optimizer: 'sgd' }, 'weightDecay: expected optimizer adamw with it; got sgd.'],
    [{ momentum: 0.9 }, 'momentum: expected optimizer sgd with it; got adam. Adam and adamw have a momentum'],
    [{ nesterov: true }, 'nesterov: expected optimizer sgd with a momentum above 0; got momentum 0. 0.9 is usual.'],
    [{ nesterov: true, optimizer: 'sgd' }, 'nesterov: expected optimizer sgd with a momentum above 0'],
    [{ emaMomentum: 0.9 }, 'emaMomentum: expected useEma with it; got none.'],
    ...['plateauFactor', 'plateauPatience', 'plateauMinDelta', 'plateauCooldown', 'plateauMinRate'].map(
      (name): [object, string] => [
        { [name]: name === 'plateauFactor' ? 0.5 : 1 },
        `${name}: expected schedule plateau with it; got constant.`,
      ],
    ),
    [{ schedule: 'plateau', epochs: 4 }, 'epochs: expected 5 or more with schedule plateau and plateauPatience 3'],
    [{ schedule: 'plateau', patience: 3 }, 'patience: expected more than plateauPatience, 3; got 3.'],
    [
      { schedule: 'plateau', plateauMinRate: 0.1, learningRate: 0.1 },
      'plateauMinRate: expected less than learningRate, 0.1; got 0.1.',
    ],
    ...(['labelSmoothing', 'momentum', 'weightDecay', 'emaMomentum'] as const).map((name): [object, string] => [
      { head: 'regression', [name]: 0.1 },
      `head: expected no option of the softmax head with regression; got ${name} 0.1.`,
    ]),
  ])('%j are refused, which says what to do', async (options, message) => {
    expect(contradictionOf(options)).toContain(message);
    await expect(fit(head(), train, { validation, ...options })).rejects.toThrow(message);
  });

  it('are refused by sweeps, and in whole experiments, before anything is computed', async () => {
    const data = { train, validation, test: validation };
    await expect(sweep({ optimizer: ['adam', 'sgd'], momentum: [0.9] }, data)).rejects.toThrow(
      'sweep: momentum: expected optimizer sgd with it; got adam.',
    );
    await expect(trainClassifier({ data: 'shapes10', momentum: 0.9 })).rejects.toThrow('momentum: expected optimizer');
    expect(contradictionOf({ momentum: 0.9 }, (name) => `--${name}`)).toMatch(/^--momentum: expected --optimizer sgd/);
  });

  it('are refused with an optimizer of one’s own', async () => {
    const own = { momentum: 0.9, optimizer: tf.train.sgd(1) };
    await expect(fit(head(), train, own)).rejects.toThrow('expected optimizer sgd with it; got one of your own.');
  });

  it('of 0 are as if they were left out', () => {
    expect(contradictionOf({ momentum: 0, weightDecay: 0, labelSmoothing: 0, useEma: false })).toBeUndefined();
  });

  it('are those that need validation images without any, and a rate below the least', async () => {
    await expect(fit(head(), train, { schedule: 'plateau' })).rejects.toThrow(
      'schedule plateau: expected validation data to judge by; got none.',
    );
    const own = { schedule: 'plateau', optimizer: tf.train.sgd(0.1), validation } as const;
    await expect(fit(head(), train, own)).rejects.toThrow('schedule: expected the optimizer by name');
    const low = { schedule: 'plateau', plateauMinRate: 0.5, validation } as const;
    await expect(fit(head(), train, low)).rejects.toThrow('plateauMinRate: expected less than the learning rate');
  });

  it('are averages over more steps than there are', async () => {
    const few = { useEma: true, epochs: 2, batchSize: 20, progress: false } as const;
    await expect(fit(head(), train, few)).rejects.toThrow(
      'emaMomentum: expected 0.83 or less for a training of 6 steps; got 0.99, an average over about 100.',
    );
    await fit(head(), train, { ...few, emaMomentum: 0.83 });
    await expect(fit(head(), train, { ...few, emaMomentum: 0.83, draws: 20 })).rejects.toThrow('expected 0.5 or less');
  });
});

describe('a schedule', () => {
  it('changes the rate of sgd, with momentum and without', async () => {
    for (const momentum of [0, 0.9]) {
      const constant = await run({ optimizer: 'sgd', momentum });
      expect(await run({ optimizer: 'sgd', momentum, schedule: 'cosine' })).not.toEqual(constant);
    }
  });

  it('of sgd names other runs of a sweep than those that had a constant rate for one', () => {
    const data = { train: { id: 'a', views: 1 }, test: { id: 'b', views: 1 } };
    // as a sweep of commit b5dcd3f named them
    expect(runFile({ optimizer: 'sgd' }, data)).toBe('4f5929863bb966e7d526dc34.json');
    expect(runFile({ schedule: 'cosine' }, data)).toBe('70a0b52e6c0bba6a9d1766b6.json');
    expect(runFile({ optimizer: 'sgd', schedule: 'cosine' }, data)).not.toBe('f3fb096d1b149d5f9a3549a8.json');
  });

  it('plateau lowers the rate that far and no further', () => {
    const rates = (losses: number[], options: FitOptions): number[] =>
      losses.map((_, i) =>
        plateauRate(
          losses.slice(0, i).map((valLoss) => ({ valLoss })),
          1,
          options,
        ),
      );
    const flat = [1, 1, 1, 1, 1, 1, 1];
    expect(rates(flat, { plateauFactor: 0.5, plateauPatience: 2 })).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25]);
    const least = { plateauFactor: 0.5, plateauPatience: 1, plateauMinRate: 0.4 };
    expect(rates(flat, least)).toEqual([1, 1, 0.5, 0.4, 0.4, 0.4, 0.4]);
    const falling = [1, 0.99, 0.98, 0.97, 0.96];
    expect(rates(falling, { plateauFactor: 0.5, plateauPatience: 1 })).toEqual([1, 1, 1, 1, 1]);
    const small = { plateauFactor: 0.5, plateauPatience: 1, plateauMinDelta: 0.015 };
    expect(rates(falling, small)).toEqual([1, 1, 0.5, 0.5, 0.25]);
    // the loss of an epoch that was interrupted is not known
    expect(plateauRate([{ valLoss: 1 }, {}], 1, { plateauPatience: 1 })).toBe(0.1);
  });
});

describe('labelSmoothing', () => {
  it('is the same by both trainers, with class weights and with mixup, which mixes the smoothed labels', async () => {
    const smoothed = { labelSmoothing: 0.2, classWeights: [2, 1, 0.5] };
    const [a, b] = [await run(smoothed), await run(smoothed, live)];
    a.forEach((weight, i) => expect(weight).toBeCloseTo(b[i], 5));
    const mixed = await run({ ...smoothed, mixup: 0.4 });
    expect(mixed).not.toEqual(await run({ labelSmoothing: 0.2, mixup: 0.4 }));
    expect(mixed).not.toEqual(await run({ classWeights: [2, 1, 0.5], mixup: 0.4 }));
  });

  it('leaves the loss of an evaluation that of the labels themselves', async () => {
    const model = head({ dropout: 0 });
    const how = { labelSmoothing: 0.3, validation, epochs: 3, progress: false } as const;
    const { epochs } = await fit(model, train, how);
    const { probabilities, labels, loss } = await evaluate(model, validation);
    const own = labels.reduce((sum, label, i) => sum - Math.log(probabilities[3 * i + label]) / labels.length, 0);
    expect(loss).toBeCloseTo(own, 5);
    expect(epochs.at(-1)!.valLoss).toBeCloseTo(own, 5);
  });
});

describe('useEma', () => {
  it('with restoreBest goes back to the average of the best epoch', async () => {
    for (const images of [train, live]) {
      const model = head();
      const after: number[][] = [];
      const { best, epochs } = await fit(model, images, {
        ...{ epochs: 8, batchSize: 10, learningRate: 0.5, useEma: true, emaMomentum: 0.8, restoreBest: true },
        ...{ validation, onEpoch: () => void after.push(weights(model)) },
      });
      expect(best).toBeLessThan(epochs.length);
      expect(weights(model)).toEqual(after[best - 1]);
    }
  });

  it('ends with averages if it is interrupted, and leaves no tensors', async () => {
    for (const images of [train, live]) {
      const once = async (stop: boolean): Promise<number[]> => {
        const controller = new AbortController();
        const model = head();
        const onEpoch = ({ epoch }: { epoch: number }): void => void (stop && epoch === 2 && controller.abort());
        const how = { useEma: true, emaMomentum: 0.8, batchSize: 10, learningRate: 0.05 } as const;
        await fit(model, images, { ...how, epochs: stop ? 5 : 2, onEpoch, signal: controller.signal });
        const found = weights(model);
        model.dispose();
        return found;
      };
      await once(true);
      const before = await tensorsInUse();
      expect(await once(true)).toEqual(await once(false));
      expect(await tensorsInUse()).toBe(before);
    }
  });

  it('interrupted before its first step leaves the weights as they were', async () => {
    for (const images of [train, live]) {
      const model = head();
      const before = weights(model);
      const how = { useEma: true, emaMomentum: 0.8, progress: false, signal: AbortSignal.abort() } as const;
      expect((await fit(model, images, how)).stopped).toBe('interrupted');
      expect(weights(model)).toEqual(before);
    }
  });

  it('of momentum 0 gives the weights themselves', async () => {
    for (const images of [train, live])
      expect(await run({ useEma: true, emaMomentum: 0 }, images)).toEqual(await run({}, images));
  });
});

it('what a training was stands in its record and in its line', async () => {
  const options: FitOptions = {
    ...{ optimizer: 'adamw', weightDecay: 0.02, labelSmoothing: 0.1, useEma: true, emaMomentum: 0.5 },
    ...{ schedule: 'plateau', plateauPatience: 2 },
  };
  const history = await fit(head(), train, { ...options, validation, epochs: 4, progress: false });
  expect(history.of.options).toMatchObject(options);
  expect(String(history)).toContain(
    'dropout 0.3; adamw, decay 0.02; rate lowered on plateaus; label smoothing 0.1; average of the weights (0.5); 4 epochs',
  );
});

it('fineTune refuses what its two parts have no use for', async () => {
  await expect(fineTune(head(), train, { momentum: 0.9 } as object)).rejects.toThrow(
    'momentum: expected optimizer sgd',
  );
  await expect(fineTune(head(), train, { plateauFactor: 0.5 })).rejects.toThrow('expected schedule plateau with it');
});
