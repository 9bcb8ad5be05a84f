import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efficientNetLite0 } from '../../../src/backbones/load-backbone.ts';
import { createClassifier } from '../../../src/classifier/classifier.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { predict } from '../../../src/classifier/predict.ts';
import { pngOf } from '../../../src/data/pictures/picture-files.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { type Backbone, backboneOf, type LayersBackbone, withInt8 } from '../../../src/models/backbone.ts';
import { buildHead } from '../../../src/models/head.ts';
import { readKeras } from '../../../src/models/keras/read-keras.ts';
import { calibrate } from '../../../src/runtime/calibrate.ts';
import { shapes10 } from '../../../src/data/named/shapes10.ts';
import { itWithPeers } from '../../peers.ts';
import { drawnClassifier, drawnPictures } from './drawn-classifier.ts';
import { LAYER_BACKBONES, mini, tiny } from './layer-backbones.ts';

const run = promisify(execFile);
let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const to = 'keras' as const;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'export-keras-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a classifier in Keras', () => {
  it.each(Object.keys(LAYER_BACKBONES))('is read back as predict answers: %s', async (name) => {
    const classifier = await drawnClassifier(await LAYER_BACKBONES[name](), {
      hidden: name.includes('vector') ? [7] : [],
    });
    const { id } = classifier;
    const { difference, against, files } = await exportClassifier(classifier, { to, out: inFolder(name) });
    expect(difference).toBeLessThan(1e-5);
    expect(against).toBe('predict in float32');
    expect(files.map((file) => file.name)).toEqual(['README.md', 'about.json', 'check.json', 'model.keras']);
    expect(classifier.id).toBe(id);
  });

  itWithPeers('answers so in Keras itself, which trains the head and nothing else', async (python) => {
    const names = Object.keys(LAYER_BACKBONES);
    const { stdout } = await run(python, [
      'test/classifier/export/read-keras.py',
      ...names.map((name) => inFolder(name)),
    ]);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(names.length);
    rows.forEach((row, i) => {
      expect(row.difference, names[i]).toBeLessThan(1e-5);
      expect(row).toMatchObject({ same: 3, classNames: ['a', 'b', 'c', 'd', 'e'], moved: true, frozen: true });
      expect(row.loss).toBeGreaterThan(0);
      const hidden = names[i].includes('vector') ? ['hidden_1/kernel', 'hidden_1/bias'] : [];
      expect(row.trained).toEqual([...hidden, 'dense/kernel', 'dense/bias']);
    });
  });

  itWithPeers(
    'is loaded by the lines that the export gives, in the folder’s README too, and answers a photo',
    async (python) => {
      writeFileSync(inFolder('photo.jpg'), await pngOf(await drawnPictures(1, [60, 80]), [60, 80]));
      const fit = { fit: 'crop', cropFraction: 0.8, interpolation: 'bicubic' } as const;
      const classifier = await drawnClassifier(tiny('resnet50'), { fit });
      const here = inFolder('a "quoted" name');
      const { load } = await exportClassifier(classifier, { to, out: here });
      const [{ className, probability }] = await predict(classifier, [inFolder('photo.jpg')]);
      const { stdout } = await run(python, ['-c', load[0].code], { cwd: folder });
      const [said, sure] = stdout.trim().split('\n').at(-1)!.split(' ');
      expect(said).toBe(className);
      expect(Math.abs(Number(sure) - probability)).toBeLessThan(0.1);
      // the folder's own lines are the same, said from within it
      const readme = readFileSync(path.join(here, 'README.md'), 'utf8');
      expect(readme).toContain(load[0].code.replaceAll(JSON.stringify(here).slice(1, -1), '.'));
    },
  );

  it('divides the scores by the temperature, names classes as they are, and says what stays outside', async () => {
    const classNames = ['a"b', '</script><b>x</b>', 'same', 'same', 'ä 猫'];
    const options = { classNames, temperature: 2.5, hidden: [3] };
    await exportClassifier(await drawnClassifier(tiny('resnet50'), options), { to, out: inFolder('facts') });
    const about = JSON.parse(readFileSync(inFolder('facts', 'about.json'), 'utf8')) as object;
    expect(about).toMatchObject({
      classNames,
      temperature: 2.5,
      inputSize: [64, 64],
      upscaling: { from: [32, 32], to: [64, 64], interpolation: 'bicubic' },
    });
    expect(readFileSync(inFolder('facts', 'README.md'), 'utf8')).toMatch(/enlarged to 64×64 \(bicubic\)/);
  });

  it('writes a classifier of 8 bits in float32 and says so, and keeps no tensors', async () => {
    const float = (await mini('fc2')) as LayersBackbone;
    const data = shapes10({ train: 32, test: 1 }).train;
    const classifier = await drawnClassifier(float);
    const int8 = createClassifier({ ...classifier, backbone: withInt8(float, await calibrate(float, data)) });
    const { remarks, against } = await exportClassifier(int8, { to, out: inFolder('int8') });
    expect(remarks.join(' ')).toMatch(/trained in 8 bits; the file computes in float32/);
    expect(against).toBe('predict in float32');
    const { numTensors } = tf.memory();
    await exportClassifier(classifier, { to, out: inFolder('again') });
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('gives two layers of one name two names, and refuses what Keras has no word for before anything is written', async () => {
    const input = tf.input({ shape: [32, 32, 3] });
    const chain = (...layers: tf.layers.Layer[]): Backbone => {
      const outputs = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
      return backboneOf(tf.model({ inputs: input, outputs }), { preprocess: 'none' });
    };
    const flat = (): tf.layers.Layer => tf.layers.flatten({ name: 'dense' });
    const clash = await exportClassifier(await drawnClassifier(chain(flat())), { to, out: inFolder('clash') });
    expect(clash.difference).toBeLessThan(1e-5);
    const layers = (await readKeras(inFolder('clash', 'model.keras'))).layers.map(({ name }) => name);
    expect(layers).toEqual(['images', 'preprocess', 'dense', 'dropout', 'dense_1']);

    const twice = tf.layers.activation({ name: 'again', activation: 'relu' });
    const refused: [Backbone, RegExp][] = [
      [
        chain(tf.layers.conv2d({ name: 'c', filters: 2, kernelSize: 3, activation: 'elu' }), flat()),
        /layer "c": expected activation .* got "elu"/,
      ],
      [chain(twice, twice, flat()), /layer "again" is used twice/],
      [await efficientNetLite0(), /is an ONNX file.*export to onnx or hub/],
    ];
    for (const [backbone, reason] of refused) {
      const classifier = createClassifier({
        backbone,
        head: buildHead(backbone.outputShape, { classes: ['a', 'b'] }),
        classNames: ['a', 'b'],
        imageSize: [32, 32],
      });
      const asked = exportClassifier(classifier, { to, out: inFolder('refused') });
      await expect(asked).rejects.toThrow(/^export: Keras has no counterpart for .*Nothing was written/);
      await expect(asked).rejects.toThrow(reason);
    }
    expect(existsSync(inFolder('refused'))).toBe(false);
  });
});
