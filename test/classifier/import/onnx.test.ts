import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxBackbone } from '../../../src/backbones/onnx-backbone.ts';
import type { Classifier } from '../../../src/classifier/classifier.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { importClassifier } from '../../../src/classifier/import/import-classifier.ts';
import { loadToPredict } from '../../../src/classifier/load.ts';
import { openPredictor } from '../../../src/classifier/predictor.ts';
import { READING } from '../../../src/data/pictures/reading.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { KEY_BYTES } from '../../../src/storage/rows/keys.ts';
import { node } from '../../process.ts';
import { REFERENCES } from '../../references/read.ts';
import { drawnClassifier, drawnPictures } from '../export/drawn-classifier.ts';
import { mini } from '../export/layer-backbones.ts';
import { zipFolder } from './teachable.ts';
import { smallOnnx, type SmallOnnx, theirAnswers } from './small-onnx.ts';

let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const LABELS = ['cat', 'dog', 'ä 猫'];
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'import-onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function answers(classifier: Classifier, pixels: Uint8Array): Promise<number[]> {
  const [height, width] = classifier.imageSize;
  const n = pixels.length / (height * width * 3);
  const predictor = await openPredictor(classifier, { engine: 'onnx', keep: false });
  const contents = new Uint8Array(n * KEY_BYTES);
  const found = await predictor.run({ pixels, contents, readings: new Uint8Array(n).fill(READING) });
  await predictor.close();
  return found.flatMap(({ ranking }) =>
    classifier.classNames.map((name) => ranking.find(({ className }) => className === name)!.probability),
  );
}

function expectClose(given: readonly number[], expected: readonly number[]): void {
  expect(given).toHaveLength(expected.length);
  expect(Math.max(...expected)).toBeLessThan(0.999);
  given.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5));
}

/** A folder as transformers.js takes it: the graph in `onnx/`, what is said about it beside. */
function hubFolder(
  name: string,
  options: SmallOnnx,
  { labels = LABELS }: { readonly labels?: readonly string[] } = {},
): string {
  smallOnnx(inFolder(name, 'onnx/model.onnx'), options);
  const id2label = Object.fromEntries(labels.map((label, i) => [i, label]));
  writeFileSync(
    inFolder(name, 'config.json'),
    JSON.stringify({ architectures: ['X'], model_type: 'resnet', id2label }),
  );
  const processor = {
    ...{ image_processor_type: 'ViTImageProcessor', do_resize: true, size: { height: 32, width: 32 }, resample: 2 },
    ...{ image_mean: IMAGENET.mean, image_std: IMAGENET.std },
  };
  writeFileSync(inFolder(name, 'preprocessor_config.json'), JSON.stringify(processor));
  return inFolder(name);
}

describe('an ONNX classifier of somebody else’s', () => {
  it('in a hub’s folder answers as there: names, sides and levels stand beside it, scores and probabilities are told apart', async () => {
    const pixels = await drawnPictures(3, [32, 32]);
    const cases: [string, SmallOnnx, RegExp][] = [
      ['scores', {}, /"output" holds scores, with no Softmax behind them/],
      ['probabilities', { end: [['Softmax', { axis: 1 }]] }, /"output" ends in a Softmax: the scores before it/],
      ['two', { second: 'pooler_output', end: [['Softmax']] }, /"output" ends in a Softmax/],
      ['logarithms', { end: [['LogSoftmax']] }, /holds scores/],
    ];
    for (const [name, options, said] of cases) {
      const from = hubFolder(name, options);
      const imported = await importClassifier(from, { out: inFolder('out', name) });
      expect(String(imported)).toMatch(said);
      expect(String(imported)).toMatch(/names of the classes: id2label of config\.json/);
      const { classifier, remarks } = imported;
      expect([imported.origin, remarks]).toEqual(['ONNX', []]);
      expect([classifier.classNames, classifier.imageSize]).toEqual([LABELS, [32, 32]]);
      expect(classifier.fit).toEqual({ fit: 'squash', cropFraction: 1, interpolation: 'bilinear-antialias' });
      const scores = name !== 'probabilities' && name !== 'two';
      const expected = await theirAnswers(path.join(from, 'onnx/model.onnx'), pixels, 32, { ...IMAGENET, scores });
      expectClose(await answers(classifier, pixels), expected);
      if (name !== 'scores') continue;
      zipFolder(from, inFolder('scores.zip'));
      const { classifier: zipped } = await importClassifier(inFolder('scores.zip'), { out: inFolder('out', 'zipped') });
      expectClose(await answers(zipped, pixels), expected);
      // what was saved needs nothing of where it came from
      rmSync(from, { recursive: true });
      expectClose(await answers(await loadToPredict(inFolder('out', name)), pixels), expected);
    }
  });

  it('alone gets names, numbers and sides by flags of the command; what nobody said is remarked', async () => {
    const file = smallOnnx(inFolder('alone', 'their model.onnx'), { size: 'side' });
    writeFileSync(inFolder('alone', 'names.txt'), `\uFEFF${LABELS.map((name, i) => `${i} ${name}`).join('\r\n')}\n`);
    const out = inFolder('by-command');
    const flags = ['--class-names', inFolder('alone', 'names.txt'), '--size', '24'];
    const numbers = ['--mean', '0.485,0.456,0.406', '--std', '0.229, 0.224, 0.225'];
    const made = await node(['src/graft.mjs', 'import', file, '--out', out, ...flags, ...numbers]);
    expect(made.status, made.stderr).toBe(0);
    expect(made.stdout).toMatch(/imported from ONNX; photos are brought to 24×24 \(crop, bilinear\)/);
    expect(made.stdout).toMatch(/note: how photos were resized for it is not known/);
    const pixels = await drawnPictures(2, [24, 24]);
    const classifier = await loadToPredict(out);
    expect(classifier.classNames).toEqual(LABELS);
    expectClose(await answers(classifier, pixels), await theirAnswers(file, pixels, 24, { ...IMAGENET, scores: true }));
    const wrong = await node(['src/graft.mjs', 'import', file, '--out', out, '--mean', '123.675,116.28,103.53']);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('three numbers from 0 to 1') as string });
  });

  it('with weights beside it is taken along with them, and can be written again into its folder', async () => {
    for (const name of ['conv-external.onnx', 'conv-external.weights'])
      cpSync(path.join(REFERENCES, 'onnx', name), inFolder('beside', name), { recursive: true });
    const probe = await onnxBackbone(inFolder('beside', 'conv-external.onnx'), { cut: 'logits', input: 'imagenet' });
    const classNames = Array.from({ length: probe.outputShape[0] }, (_, i) => `class ${i}`);
    const options = { out: inFolder('out', 'beside'), classNames, preprocess: 'imagenet', output: 'logits' } as const;
    for (let i = 0; i < 2; i++) {
      const { classifier } = await importClassifier(inFolder('beside', 'conv-external.onnx'), options);
      expect(existsSync(path.join(options.out, 'conv-external.weights'))).toBe(true);
      expect(classifier.classNames).toHaveLength(classNames.length);
    }
  });

  it('has 1,000 classes, of which two have one name', async () => {
    const labels = Array.from({ length: 1000 }, (_, i) => ([134, 517].includes(i) ? 'crane' : `class ${i}`));
    const from = hubFolder('thousand', { classes: 1000 }, { labels });
    const { classifier, remarks } = await importClassifier(from, { out: inFolder('out', 'thousand') });
    expect([classifier.classNames[134], classifier.classNames[517]]).toEqual(['crane (134)', 'crane (517)']);
    expect(remarks).toEqual([expect.stringMatching(/several classes have one name, crane: the number/)]);
    const pixels = await drawnPictures(1, [32, 32]);
    const expected = await theirAnswers(path.join(from, 'onnx/model.onnx'), pixels, 32, { ...IMAGENET, scores: true });
    expectClose(await answers(classifier, pixels), expected);
  });
});

describe('what graft export wrote in ONNX', () => {
  it('comes back with the same probabilities, from one file and from the folder for the hub, with or without graft.json', async () => {
    const own = await drawnClassifier(await mini('block5_pool'), {
      ...{ hidden: [5], temperature: 1.7, imageSize: [24, 24] },
      fit: { fit: 'crop', cropFraction: 0.8, interpolation: 'bicubic-keys' },
    });
    await exportClassifier(own, { to: 'onnx', out: inFolder('exported') });
    await exportClassifier(own, { to: 'hub', out: inFolder('hub') });
    const pixels = await drawnPictures(3, [24, 24]);
    const expected = await answers(own, pixels);
    for (const from of ['exported', 'hub', 'hub/onnx/model.onnx']) {
      if (from !== 'hub') rmSync(inFolder('hub', 'graft.json'), { force: true });
      const { classifier, origin, remarks } = await importClassifier(inFolder(from), { out: inFolder('back', from) });
      expect(origin).toMatch(/^ONNX, exported by Graft \d/);
      expect(remarks).toEqual([]);
      expect([classifier.classNames, classifier.imageSize, classifier.fit]).toEqual([
        own.classNames,
        [24, 24],
        own.fit,
      ]);
      expectClose(await answers(classifier, pixels), expected);
    }
  });
});

describe('an import of ONNX refuses', () => {
  it('what is not clear or not right, says what to do, and writes nothing', async () => {
    const out = inFolder('refused');
    const alone = (name: string, options: SmallOnnx = {}): string =>
      smallOnnx(inFolder('bad', name, 'model.onnx'), options);
    const damaged = alone('damaged');
    writeFileSync(damaged, readFileSync(damaged).subarray(0, 400));
    const missing = inFolder('bad', 'missing', 'conv-external.onnx');
    mkdirSync(path.dirname(missing), { recursive: true });
    cpSync(path.join(REFERENCES, 'onnx/conv-external.onnx'), missing);
    const several = inFolder('bad', 'several');
    for (const name of ['a.onnx', 'b.onnx']) smallOnnx(path.join(several, name));
    const exported = hubFolder('saved', {});
    await importClassifier(exported, { out: inFolder('saved-out') });
    const said = { preprocess: 'imagenet', classNames: LABELS } as const;
    const refusals: [string, object, RegExp][] = [
      [
        alone('nameless'),
        { preprocess: 'imagenet' },
        /^classNames: expected a name for each of the 3 outputs of .*; nothing names them there/,
      ],
      [
        hubFolder('short', {}, { labels: ['a', 'b'] }),
        {},
        /expected a name for each of the 3 outputs of .*; got 2: a, b/,
      ],
      [
        alone('levels'),
        { classNames: LABELS },
        /preprocess: expected what .* was trained to see; .*say --preprocess imagenet/,
      ],
      [
        alone('any-size', { size: 'side' }),
        said,
        /size: expected height and width in pixels; the graph of .* takes any/,
      ],
      [
        alone('outputs', { second: 'other', end: [['Abs']] }),
        said,
        /output: expected one output with the scores .* has 2: output, other\. Name/,
      ],
      [
        alone('unknown'),
        { ...said, output: 'scores' },
        /output: expected one of output, the outputs of .*; got "scores"/,
      ],
      [alone('sigmoid', { end: [['Sigmoid']] }), said, /ends in a Sigmoid, which says yes or no for each class/],
      [alone('wide', { wide: true }), said, /expected scores of two classes or more .*"output" is \[n, 3, 2\]/],
      [
        alone('hidden', { end: [['Softmax'], ['Abs']] }),
        said,
        /gives probabilities, but no Softmax is found at its end/,
      ],
      [alone('single', { classes: 1 }), { ...said, classNames: ['a'] }, /expected scores of two classes or more/],
      [damaged, said, /expected an ONNX file; .*cut short, damaged/],
      [
        missing,
        { ...said, output: 'logits' },
        /expected its weights in conv-external\.weights beside it; the file is missing/,
      ],
      [several, said, /expected one ONNX file; it holds 2: a\.onnx, b\.onnx/],
      [inFolder('saved-out'), said, /it is one of Graft’s already: graft evaluate/],
      ['hf:nobody/nothing', said, /hf:nobody\/nothing is not downloaded: `npx graft download/],
    ];
    for (const [from, options, reason] of refusals)
      await expect(importClassifier(from, { out, ...options }), from).rejects.toThrow(reason);
    expect(existsSync(out)).toBe(false);
  });
});
