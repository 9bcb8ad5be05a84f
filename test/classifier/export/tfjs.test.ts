import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { JSDOM } from 'jsdom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efficientNetLite0 } from '../../../src/backbones/load-backbone.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { predict } from '../../../src/classifier/predict.ts';
import { pngOf } from '../../../src/data/pictures/picture-files.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { backboneOf } from '../../../src/models/backbone.ts';
import { loadNetwork } from '../../../src/models/networks/network.ts';
import { cutAt } from '../../../src/models/surgery.ts';
import { ownBundle } from '../../../src/notebook/show/bundle.ts';
import { ROOT } from '../../../src/project.ts';
import { drawnClassifier, drawnPictures } from './drawn-classifier.ts';
import { LAYER_BACKBONES, mini, tiny } from './layer-backbones.ts';

const run = promisify(execFile);
let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const to = 'tfjs' as const;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'export-tfjs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Check {
  readonly size: readonly [number, number];
  readonly pictures: readonly { readonly png: string; readonly className: string; readonly probabilities: number[] }[];
}
const checkOf = (name: string): Check => JSON.parse(readFileSync(inFolder(name, 'check.json'), 'utf8')) as Check;

describe('a classifier in TensorFlow.js', () => {
  // the first one, since models of earlier tests may be collected while it counts
  it('keeps no tensors, and leaves the classifier as it was', async () => {
    const whole = await loadNetwork('vgg19-mini');
    const classifier = await drawnClassifier(backboneOf(cutAt(whole, 'fc2')));
    const { id } = classifier;
    const once = (): Promise<unknown> => exportClassifier(classifier, { to, out: inFolder('again') });
    await once();
    const { numTensors } = tf.memory();
    await once();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(classifier.id).toBe(id);
    expect(whole.getLayer('predictions').weights).toHaveLength(2); // held until here
  });

  it.each(Object.keys(LAYER_BACKBONES))('answers as predict does: %s', async (name) => {
    const classifier = await drawnClassifier(await LAYER_BACKBONES[name](), {
      hidden: name.includes('vector') ? [7] : [],
    });
    const { difference, against } = await exportClassifier(classifier, { to, out: inFolder(name) });
    expect(difference).toBeLessThan(1e-5);
    expect(against).toBe('predict in float32');
    const check = checkOf(name);
    expect(check.size).toEqual([classifier.backbone.input.size, classifier.backbone.input.size]);
    for (const { probabilities } of check.pictures) expect(Math.max(...probabilities)).toBeLessThan(0.99);
  });

  it('is loaded by the lines that the export gives, through TensorFlow.js’ own reader, and answers a photo', async () => {
    const here = inFolder('lines');
    mkdirSync(here);
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(here, 'node_modules'));
    writeFileSync(path.join(here, 'photo.jpg'), await pngOf(await drawnPictures(1, [60, 80]), [60, 80]));
    const fit = { fit: 'crop', cropFraction: 0.8, interpolation: 'bicubic' } as const;
    for (const [name, backbone] of Object.entries({ same: await mini('fc2'), upscaled: tiny('resnet50') })) {
      const classifier = await drawnClassifier(backbone, { fit });
      const { load } = await exportClassifier(classifier, { to, out: path.join(here, `a "${name}"`) });
      const [{ className, probability }] = await predict(classifier, [path.join(here, 'photo.jpg')]);
      const { code } = load.find(({ language }) => language === 'Node')!;
      writeFileSync(
        path.join(here, `${name}.mjs`),
        code.replace("'@tensorflow/tfjs-node'", "'@tensorflow/tfjs-node-gpu'"),
      );
      const { stdout } = await run(process.execPath, [`${name}.mjs`], { cwd: here });
      const [said, sure] = stdout.trim().split('\n').at(-1)!.split(' ');
      expect([name, said]).toEqual([name, className]);
      expect(Math.abs(Number(sure) - probability)).toBeLessThan(0.1);
    }
  });

  it('names classes, and how pictures are brought to the network’s size', async () => {
    const exported = await exportClassifier(await drawnClassifier(tiny('resnet50')), { to, out: inFolder('facts') });
    const { userDefinedMetadata: facts } = JSON.parse(readFileSync(inFolder('facts', 'model.json'), 'utf8')) as {
      userDefinedMetadata: Record<string, unknown>;
    };
    expect(facts).toMatchObject({
      classNames: ['a', 'b', 'c', 'd', 'e'],
      imageSize: [32, 32],
      inputSize: [64, 64],
      upscaling: { from: [32, 32], to: [64, 64], interpolation: 'bicubic' },
    });
    // and a cell shows its files, with the lines to copy as they are
    const { 'text/html': html, 'text/plain': text } = (await ownBundle(exported))!;
    const card = new JSDOM(html).window.document.body;
    expect(text).toBe(String(exported));
    expect([...card.querySelectorAll('pre')].map((pre) => pre.textContent)).toEqual(exported.load.map((l) => l.code));
    for (const { name } of exported.files) expect(card.querySelector('table')!.textContent).toContain(name);
    expect(card.textContent).toContain(`TensorFlow.js in ${exported.folder}`);
  });

  it('refuses an ONNX file, and two weights of one name, before anything is written', async () => {
    const file = await drawnClassifier(await efficientNetLite0());
    await expect(exportClassifier(file, { to, out: inFolder('file') })).rejects.toThrow(
      /^export: TensorFlow\.js has no counterpart for .*which is an ONNX file.*Nothing was written/,
    );
    const input = tf.input({ shape: [32, 32, 3] });
    const dense = tf.layers.dense({ name: 'predictions', units: 3 });
    const map = tf.layers.flatten({ name: 'flat' }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: dense.apply(map) as tf.SymbolicTensor });
    const classifier = await drawnClassifier(backboneOf(model, { preprocess: 'none' }));
    const { name } = classifier.head.layers.at(-1)!;
    const other = tf.layers.dense({ name, units: 3 });
    const again = tf.model({ inputs: input, outputs: other.apply(map) as tf.SymbolicTensor });
    const clash = await drawnClassifier(backboneOf(again, { preprocess: 'none' }));
    await expect(exportClassifier(clash, { to, out: inFolder('clash') })).rejects.toThrow(
      /backbone and head both have/,
    );
    expect(existsSync(inFolder('file')) || existsSync(inFolder('clash'))).toBe(false);
  });
});
