import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifierOf } from '../../src/classifier/classifier-of.ts';
import { loadClassifier } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { take } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { recordRun } from '../../src/experiments/runs.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { features } from '../../src/features/features.ts';
import { hasInt8Instructions } from '../../src/host/machine.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { splitModel } from '../../src/models/split.ts';
import { cutAt, freeze, withHead, withoutTop } from '../../src/models/surgery.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fineTune } from '../../src/training/fine-tune.ts';
import { fit } from '../../src/training/fit.ts';
import { node } from '../process.ts';

const { train, test } = shapes10({ train: 200, test: 80 });
let folder: string;
let network: tf.LayersModel;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'whole-'));
  network = await loadNetwork('vgg19-mini');
});
afterAll(() => rmSync(folder, { recursive: true }));

const extract = (): { cache: string } => ({ cache: path.join(folder, 'features') });
const altered = (dropout = 0.2): tf.LayersModel =>
  withHead(freeze(withoutTop(network)), { classes: train.classNames, dropout });
const fitted = { epochs: 4, seed: 3 };

describe('a surgically altered model', () => {
  it('is fitted, evaluated, asked and saved as a whole, with pictures', async () => {
    const model = altered();
    const history = await fit(model, train, { ...fitted, validation: test, extract: extract() });
    const result = await evaluate(model, test, { extract: extract() });
    expect(result.accuracy.value).toBeGreaterThan(0.4);
    expect(result.accuracy.value).toBe(history.epochs.at(-1)!.valAccuracy);
    const predictions = await predict(model, test);
    const agree = predictions.filter(({ className }, i) => className === test.classNames[result.predictions[i]]).length;
    expect(agree).toBeGreaterThanOrEqual(79); // one batch or another
    await saveClassifier(model, path.join(folder, 'saved'));
    expect((await loadClassifier(path.join(folder, 'saved'))).id).toBe(classifierOf(model).id);
  });

  it('gives what its parts give, one by one', async () => {
    const [whole, parts] = [altered(), altered()];
    const history = await fit(whole, train, { ...fitted, extract: extract() });
    const { backbone, head } = splitModel(parts);
    const rows = await extractFeatures(backbone, { train, test }, extract());
    const again = await fit(head, rows.train, fitted);
    expect(again.epochs.map(({ loss }) => loss)).toEqual(history.epochs.map(({ loss }) => loss));
    expect(again.of).toEqual({ ...history.of, train: again.of.train });
    expect((await evaluate(parts, rows.test)).loss).toBe((await evaluate(whole, test, { extract: extract() })).loss);
    expect((await fit(altered(), rows.train, fitted)).epochs[3].loss).toBe(history.epochs[3].loss);
  });

  it.skipIf(!hasInt8Instructions())(
    'predicts and is evaluated in the precision that it was trained in, also once loaded (skipped without 8-bit instructions)',
    async () => {
      for (const precision of ['int8', 'float32'] as const) {
        const model = altered();
        await fit(model, train, { ...fitted, extract: { ...extract(), precision } });
        const { backbone } = classifierOf(model);
        expect(String(backbone)).toBe(`vgg19-mini to fc2, ${precision}`);
        for (const some of [test, take(test, 20)]) {
          const { of } = await evaluate(model, some, { extract: extract() });
          expect(of.test.origin!.backbone.precision).toBe(precision);
        }
        const own = await evaluate(
          model,
          await extractFeatures(backbone, test, { ...extract(), precision, dtype: 'float32' }),
        );
        await saveClassifier(model, path.join(folder, precision));
        const loaded = await loadClassifier(path.join(folder, precision));
        expect(String(loaded.backbone)).toBe(String(backbone));
        const said = await predict(loaded, test);
        said.forEach(({ ranking }, i) => {
          const k = test.classNames.indexOf(ranking[0].className);
          expect(ranking[0].probability).toBeCloseTo(own.probabilities[i * 10 + k], 4);
        });
      }
    },
  );

  it('is fine-tuned as a whole too', async () => {
    const model = withHead(freeze(cutAt(network, 'block5_pool'), { upTo: 'block4_pool' }), {
      classes: train.classNames,
    });
    const history = await fineTune(model, train, { headEpochs: 2, epochs: 1, extract: extract() });
    expect(history.epochs).toHaveLength(3);
    expect((await evaluate(model, test, { extract: extract() })).accuracy.value).toBeGreaterThan(0.3);
    freeze(network);
  });
});

describe('a record', () => {
  it('says what ran, whatever was meant: cells out of order', async () => {
    let dropout = 0.2;
    const { backbone, head } = splitModel(altered(dropout));
    dropout = 0.9; // changed, but the head was not made again
    const rows = await extractFeatures(backbone, { train, test }, extract());
    const history = await fit(head, rows.train, fitted);
    const run = await recordRun(history, await evaluate(head, rows.test), { folder });
    expect(dropout).toBe(0.9);
    expect(run.options).toMatchObject({
      dropout: 0.2,
      epochs: 4,
      seed: 3,
      backbone: 'vgg19-mini',
      cut: 'fc2',
      interpolation: 'bicubic',
      preprocess: 'caffe',
    });
    expect(String(history)).toMatch(
      /shapes10 train; vgg19-mini to fc2, (int8|float32); dropout 0\.2; 4 epochs; seed 3$/,
    );
    expect(run.backbone.precision).toBe(rows.train.origin!.backbone.precision);
    expect(run.backbone.calibration).toBe(rows.train.origin!.backbone.calibration);
  });

  it('names the network’s own preprocessing, and none of another’s', async () => {
    const model = withHead(freeze(withoutTop(network)), { classes: train.classNames });
    const { backbone, head } = splitModel(model);
    const raw = await extractFeatures(backbone, { train, test }, { ...extract(), preprocess: 'none' });
    const history = await fit(head, raw.train, fitted);
    expect((await recordRun(history, await evaluate(head, raw.test), { folder })).options.preprocess).toBe('none');
  });

  it('is refused for the evaluation of another head, or of one trained further since', async () => {
    const { backbone, head } = splitModel(altered());
    const rows = await extractFeatures(backbone, { train, test }, extract());
    const history = await fit(head, rows.train, fitted);
    const result = await evaluate(head, rows.test);
    const more = await fit(head, rows.train, fitted);
    await expect(recordRun(more, result, { folder })).rejects.toThrow(
      /expected the evaluation of the head that was trained .*trained further since/,
    );
    await expect(recordRun(history, await evaluate(head, rows.test), { folder })).rejects.toThrow(
      /Run `evaluate` again after `fit`/,
    );
  });
});

describe('what does not fit together is refused, naming both sides', () => {
  it('features of another backbone', async () => {
    const model = altered();
    await fit(model, train, { ...fitted, extract: extract() });
    const bilinear = await extractFeatures(splitModel(model).backbone, test, {
      ...extract(),
      interpolation: 'bilinear',
    });
    await expect(evaluate(model, { ...bilinear, name: 'tests, bilinear' })).rejects.toThrow(
      /evaluate: expected features of the backbone that the head was trained on, vgg19-mini to fc2, .*; got tests, bilinear/,
    );
    const fc1 = await extractFeatures(cutAt(network, 'fc1'), train, extract());
    const fc2 = await extractFeatures(cutAt(network, 'fc2'), train, extract());
    await expect(fit(splitModel(altered()).head, fc1, { validation: fc2 })).rejects.toThrow(
      /validation: expected features of the backbone that the head was trained on, .*fc1.*; got .*fc2/,
    );
  });

  it('another data set’s classes', async () => {
    const animals = features(new Float32Array(512 * 2), [0, 1], {
      classNames: ['ant', 'bee', ...Array.from({ length: 8 }, (_, i) => `x${i}`)],
    });
    await expect(evaluate(splitModel(altered()).head, animals)).rejects.toThrow(
      /expected the head's classes disc, .*; features from elsewhere has ant, bee/,
    );
  });

  it('pictures for a head, features with pictures to judge by, and a model that nobody trained', async () => {
    const { head, backbone } = splitModel(altered());
    await expect(fit(head, train)).rejects.toThrow(
      /expected a model that takes pictures .*, or features; ".*_head" takes \[, 512\]/,
    );
    const rows = await extractFeatures(backbone, train, extract());
    await expect(fit(head, rows, { validation: test })).rejects.toThrow(
      'validation: expected features, as the training has; got a data set.',
    );
    await expect(fit(altered(), train, { validation: rows })).rejects.toThrow(
      'validation: expected a data set, as the training has; got features.',
    );
    await expect(predict(altered(), test)).rejects.toThrow(/expected a model that was trained with `fit`/);
  });
});

it('the native library is used by whoever needs it, without being asked to', async () => {
  const script = `
    import * as tf from '@tensorflow/tfjs'; import { fit } from './src/training/fit.ts'; import { features } from './src/features/features.ts'; import { buildHead } from './src/models/head.ts';
    await fit(buildHead([4], { classes: 2 }), features(new Float32Array(40), [0,1,0,1,0,1,0,1,0,1]), { epochs: 1, extract: { engine: 'onnx' } });
    console.log('backend', tf.getBackend());`;
  const { stdout } = await node(['--import', 'tsx', '--input-type=module', '-e', script]);
  expect(stdout).toMatch(/^backend tensorflow$/m);
});
