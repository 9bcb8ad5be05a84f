import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savePicture } from '../../src/data/pictures/picture-files.ts';
import { pick, take } from '../../src/data/dataset.ts';
import { subset } from '../../src/data/subset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { features } from '../../src/features/features.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { loadClassifier } from '../../src/classifier/load.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { noteFacts } from '../../src/models/facts.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { predict } from '../../src/classifier/predict.ts';
import { listRuns } from '../../src/experiments/runs.ts';

let folder: string;
let trained: Classifier;
const images = shapes10({ train: 1, test: 20 }).test;
const inFolder = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'classifier-'));
  const options = {
    data: 'shapes10',
    backbone: 'vgg19-mini',
    train: 200,
    test: 100,
    epochs: 3,
    cache: inFolder('features'),
    runs: inFolder('runs'),
  } as const;
  trained = (await trainClassifier(options)).classifier;
  await saveClassifier(trained, inFolder('saved'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const headOf = (folder: string): string => readdirSync(inFolder(folder)).find((name) => name.startsWith('head-'))!;

describe('a saved classifier', () => {
  it('predicts the same once loaded', async () => {
    const loaded = await loadClassifier(inFolder('saved'));
    expect(loaded.classNames).toEqual(images.classNames);
    expect(loaded.id).toBe(trained.id);
    expect(String(loaded)).toBe(String(trained));
    expect(await predict(loaded, images)).toEqual(await predict(trained, images));
  });

  it('keeps the temperature that was found on validation images, and predicts with it', async () => {
    const { temperature, head, id } = trained;
    expect(temperature).not.toBe(1); // 20 validation images
    const loaded = await loadClassifier(inFolder('saved'));
    expect(loaded.temperature).toBe(temperature);
    const scores = (await predict(loaded, pick(images, [0])))[0].ranking;
    noteFacts(head, { temperature: undefined });
    const own = (await predict(trained, pick(images, [0])))[0].ranking;
    expect([trained.temperature, trained.id === id]).toEqual([1, false]);
    noteFacts(head, { temperature });
    const powers = own.map(({ probability }) => probability ** (1 / temperature));
    const sum = powers.reduce((a, b) => a + b);
    scores.forEach(({ probability }, k) => expect(probability).toBeCloseTo(powers[k] / sum, 5));
    const { temperature: _, ...without } = readSealed<{ temperature: number }>(inFolder('saved', 'classifier.json'));
    await saveClassifier(trained, inFolder('plain'));
    writeSealed(inFolder('plain', 'classifier.json'), without);
    expect((await loadClassifier(inFolder('plain'))).temperature).toBe(1);
    writeSealed(inFolder('plain', 'classifier.json'), { ...without, temperature: 0 });
    await expect(loadClassifier(inFolder('plain'))).rejects.toThrow('expected temperature, a number above 0; got 0.');
  });

  it('knows which pictures it has seen, and an evaluation of it says so; trained on rows from nowhere, it knows none', async () => {
    const loaded = await loadClassifier(inFolder('saved'));
    expect([loaded.seen!.training.length, loaded.seen!.validation.length]).toEqual([200 * 16, 20 * 16]);
    const images = subset(shapes10().train, { size: 220, seed: 1 });
    const extract = { cache: inFolder('features'), progress: false } as const;
    const seen = await evaluate(loaded, images, { extract });
    expect(seen.seen).toEqual({ training: 200, validation: 20 });
    expect(String(seen)).toMatch(/, of which 200 were trained on, 20 validated on$/);
    expect(String(await evaluate(loaded, take(shapes10().test, 20), { extract }))).not.toContain('trained on');
    expect((await predict(loaded, pick(images, [0, 219]))).map((one) => one.seen)).toEqual(['training', 'validation']);
    const rows = features(new Float32Array(10 * 512), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], {
      classNames: loaded.classNames,
    });
    await fit(loaded.head, rows, { epochs: 1, progress: false });
    expect(loaded.seen).toBeUndefined();
    await fit(loaded.head, await extractFeatures(loaded.backbone, take(images, 10), extract), {
      epochs: 1,
      progress: false,
    });
    expect(loaded.seen).toBeUndefined();
  });

  it('is given away without the names of what it has seen by leaving out their file', async () => {
    await saveClassifier(trained, inFolder('given'));
    const list = readdirSync(inFolder('given')).find((name) => name.startsWith('seen-'))!;
    writeFileSync(inFolder('given', list), 'damaged');
    await expect(loadClassifier(inFolder('given'))).rejects.toThrow(
      /seen-\w+\.bin is damaged: its checksum differs. Remove it/,
    );
    rmSync(inFolder('given', list));
    expect((await loadClassifier(inFolder('given'))).seen).toBeUndefined();
    await saveClassifier(trained, inFolder('given'));
    expect((await loadClassifier(inFolder('given'))).seen).toEqual(trained.seen);
  });

  it('carries its backbone where asked to', async () => {
    await saveClassifier(trained, inFolder('whole'), { includeBackbone: true });
    const saved = JSON.parse(readFileSync(inFolder('whole', 'classifier.json'), 'utf8')) as {
      backbone: { weights: string };
    };
    expect(saved.backbone.weights).toBe('vgg19-mini.h5');
    expect(readFileSync(inFolder('whole', 'vgg19-mini.h5')).equals(readFileSync('data/weights/vgg19-mini.h5'))).toBe(
      true,
    );
    await loadClassifier(inFolder('whole'));
  });

  it('is refused when something in it is missing, damaged or has changed', async () => {
    await expect(loadClassifier(inFolder('nothing'))).rejects.toThrow(
      /classifier\.json: expected a classifier saved by `npx graft train --save FOLDER`/,
    );
    await saveClassifier(trained, inFolder('damaged'));
    truncateSync(inFolder('damaged', headOf('damaged')), 100);
    await expect(loadClassifier(inFolder('damaged'))).rejects.toThrow(/head-\w+\.bin: expected \d+ bytes; got 100/);
    const json = readFileSync(inFolder('damaged', 'classifier.json'), 'utf8');
    writeFileSync(inFolder('damaged', 'classifier.json'), json.replace(/"fingerprint": "./, '"fingerprint": "x'));
    await expect(loadClassifier(inFolder('damaged'))).rejects.toThrow(
      /classifier\.json is damaged: its checksum differs/,
    );
    writeFileSync(inFolder('damaged', 'classifier.json'), json.slice(0, 50));
    await expect(loadClassifier(inFolder('damaged'))).rejects.toThrow(/classifier\.json is damaged: expected JSON/);
    const saved = readSealed<{ backbone: object }>(inFolder('whole', 'classifier.json'));
    writeSealed(inFolder('damaged', 'classifier.json'), {
      ...saved,
      backbone: { ...saved.backbone, fingerprint: 'x' },
    });
    await expect(loadClassifier(inFolder('damaged'))).rejects.toThrow(
      /expected the weights that the classifier was trained with/,
    );
    await saveClassifier(trained, inFolder('damaged'));
    const bytes = readFileSync(inFolder('damaged', headOf('damaged')));
    bytes[9] ^= 1;
    writeFileSync(inFolder('damaged', headOf('damaged')), bytes);
    await expect(loadClassifier(inFolder('damaged'))).rejects.toThrow(/head-\w+\.bin is damaged: its checksum differs/);
  });
});

describe('predict', () => {
  it('takes a picture of the training images’ size pixel by pixel', async () => {
    const file = await savePicture(images, 4, inFolder('ring.png'));
    const [fromFile] = await predict(trained, file);
    const fromPixels = await predict(trained, pick(images, [4]));
    expect(fromFile.ranking).toEqual(fromPixels[0].ranking);
    expect(fromFile.file).toBe(file);
    expect(fromFile.ranking.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
  });

  it('takes JPEG, WebP, grey, transparent, 16-bit and SVG pictures of any shape', async () => {
    const grey = sharp({ create: { width: 300, height: 40, channels: 3, background: '#888' } });
    const files = ['a.jpg', 'b.webp', 'c.png', 'd.png', 'e.png', 'f.svg'].map((name) => inFolder(name));
    await grey.clone().toFile(files[0]);
    await grey.clone().toFile(files[1]);
    await grey.clone().greyscale().png({ palette: true }).toFile(files[2]);
    await sharp({
      create: { width: 5, height: 90, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    }).toFile(files[3]);
    await grey.clone().toColourspace('rgb16').png().toFile(files[4]);
    writeFileSync(
      files[5],
      '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><circle r="20" cx="25" cy="25"/></svg>',
    );
    const predictions = await predict(trained, files);
    expect(predictions.map(({ file }) => file)).toEqual(files);
    // the same grey, whatever the format
    expect(predictions[1].ranking[0].className).toBe(predictions[0].ranking[0].className);
    expect(predictions[4].ranking[0].className).toBe(predictions[0].ranking[0].className);
  });

  it('names a file that is no picture', async () => {
    writeFileSync(inFolder('text.jpg'), 'not a picture');
    await expect(predict(trained, [inFolder('text.jpg')])).rejects.toThrow(/text\.jpg: expected a picture \(JPEG, PNG/);
  });
});

it('a run is written down with what it rests on', () => {
  const [run, ...rest] = listRuns({ folder: inFolder('runs') });
  expect(rest).toEqual([]);
  expect(run.options).toMatchObject({
    data: 'shapes10',
    backbone: 'vgg19-mini',
    cut: 'fc2',
    train: 200,
    test: 100,
    validation: 20,
    dropout: 0.5,
    seed: 1,
    interpolation: 'bicubic',
  });
  expect(run.data.train).toMatchObject({ n: 200 });
  expect(run.data.train.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(run.backbone).toMatchObject({ network: 'vgg19-mini', cut: 'fc2', weights: { bytes: 3_132_195 } });
  expect(run.history.epochs).toHaveLength(3);
  expect(run.test.n).toBe(100);
  expect(run.test.interval[0]).toBeLessThan(run.test.accuracy);
  expect(run.test.perClass.map(({ n }) => n)).toEqual(new Array(10).fill(10));
  expect(run.test.balancedAccuracy.value).toBeCloseTo(run.test.accuracy, 12); // classes of one size
  expect(run.test.temperature).toBe(trained.temperature);
  expect(run.test.calibrationErrorBefore).not.toBe(run.test.calibrationError);
  expect(Object.keys(run.seconds)).toEqual(['data', 'model', 'features', 'training', 'evaluation']);
  writeFileSync(inFolder('runs', 'half.json'), '{'); // not a run's folder: left out
  expect(listRuns({ folder: inFolder('runs') })).toHaveLength(1);
});
