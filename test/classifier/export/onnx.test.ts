import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efficientNetLite0 } from '../../../src/backbones/load-backbone.ts';
import { onnxBackbone } from '../../../src/backbones/onnx-backbone.ts';
import { type Classifier, createClassifier } from '../../../src/classifier/classifier.ts';
import * as checking from '../../../src/classifier/export/check.ts';
import { headNodes } from '../../../src/classifier/export/graph/head-nodes.ts';
import { onnxOf } from '../../../src/classifier/export/formats/onnx.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { predict } from '../../../src/classifier/predict.ts';
import { makeDataset } from '../../../src/data/dataset.ts';
import { shapes10 } from '../../../src/data/named/shapes10.ts';
import { pngOf } from '../../../src/data/pictures/picture-files.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { type Backbone, backboneOf, withInt8 } from '../../../src/models/backbone.ts';
import { loadNetwork } from '../../../src/models/networks/network.ts';
import { buildHead } from '../../../src/models/head.ts';
import type { Builder } from '../../../src/onnx/builder.ts';
import { readModel } from '../../../src/onnx/file/model-file.ts';
import { cutAt } from '../../../src/models/surgery.ts';
import { ROOT } from '../../../src/project.ts';
import { backboneGraph } from '../../../src/runtime/backbone-graph.ts';
import { calibrate } from '../../../src/runtime/calibrate.ts';
import { openModelFolder } from '../../../src/storage/weights/model-folder.ts';
import { predictProbabilities } from '../../../src/training/evaluation/evaluate.ts';
import { itWithPeers } from '../../peers.ts';
import { REFERENCES, relativeError } from '../../references/read.ts';
import { drawnClassifier, drawnPictures } from './drawn-classifier.ts';
import { mini, tiny } from './layer-backbones.ts';

const run = promisify(execFile);
let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const toOnnx = { to: 'onnx' } as const;

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'export-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, cut: string, more: object = {}): Promise<Backbone> =>
  onnxBackbone(path.join(REFERENCES, 'onnx', `${name}.onnx`), { cut, input: 'imagenet', ...more });

/** One of each kind: layers in a chain and with shortcuts, files of every form that Graft reads. */
const BACKBONES: Readonly<Record<string, () => Backbone | Promise<Backbone>>> = {
  'vgg19-mini to a feature map': () => mini('block5_pool'),
  'vgg19-mini to a vector': () => mini('fc2'),
  resnet50: () => tiny('resnet50'),
  mobilenet_v2: () => tiny('mobilenet_v2'),
  'efficientnet-lite0': () => efficientNetLite0(),
  'weights beside a file': () => file('conv-external', 'relu2'),
  'operators of opset 9': () => file('conv-opset9', 'features'),
  'channels last, a map': () => file('nhwc', 'map', { pooling: 'none' }),
  'a batch of a fixed size': () => file('fixed', 'flat'),
  'a vision transformer': () => file('vit', 'last_hidden_state', { input: { size: 32, preprocess: 'imagenet' } }),
};

interface Read {
  readonly probabilities: number[][];
  readonly softmaxed: number[][];
  readonly inputs: [name: string, type: string, shape: (number | string)[]][];
  readonly outputs: [name: string, type: string, shape: (number | string)[]][];
  readonly metadata: Readonly<Record<string, string>>;
  readonly operators: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
}

async function readByPython(python: string, folders: readonly string[]): Promise<Record<string, Read>> {
  const script = path.join(import.meta.dirname, 'read-onnx.py');
  const { stdout } = await run(python, [script, ...folders], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Record<string, Read>;
}

const furthest = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  Math.max(...a.flatMap((row, i) => row.map((value, k) => Math.abs(value - b[i][k]))));

/** What `predict` says of the pictures of check.json, in the order of the classes. */
async function predicted(classifier: Classifier): Promise<number[][]> {
  const pixels = await checking.checkPictures(classifier.imageSize);
  const dataset = makeDataset({
    name: 'check',
    pixels,
    labels: [0, 0, 0],
    classNames: classifier.classNames,
    imageSize: classifier.imageSize,
  });
  const found = await predict(classifier, dataset);
  return found.map(({ ranking }) =>
    classifier.classNames.map((name) => ranking.find(({ className }) => className === name)!.probability),
  );
}

describe('a classifier in ONNX', () => {
  itWithPeers(
    'passes the checker in full and answers as predict does in Python’s runtime, whatever its backbone is',
    async (python) => {
      const folders: string[] = [];
      const expected: number[][][] = [];
      for (const [name, open] of Object.entries(BACKBONES)) {
        const backbone = await open();
        const classifier = await drawnClassifier(backbone, {
          imageSize: name.includes('map') ? [24, 24] : [32, 32],
          hidden: name.includes('vector') ? [7] : [],
        });
        const out = inFolder(`${folders.length}`);
        const { difference } = await exportClassifier(classifier, { ...toOnnx, out });
        expect(difference, name).toBeLessThan(1e-5);
        folders.push(out);
        expected.push(await predicted(classifier));
      }
      const read = await readByPython(python, folders);
      Object.keys(BACKBONES).forEach((name, i) => {
        const { probabilities, softmaxed, inputs, outputs, metadata } = read[folders[i]];
        expect(furthest(probabilities, expected[i]), name).toBeLessThan(1e-5);
        // the temperature is in the logits already
        expect(furthest(softmaxed, probabilities), name).toBeLessThan(1e-5);
        expect(Math.min(...probabilities.map((row) => Math.max(...row))), name).toBeLessThan(0.99);
        const { imageSize } = JSON.parse(readFileSync(path.join(folders[i], 'check.json'), 'utf8')) as Classifier;
        expect(inputs, name).toEqual([['images', 'tensor(uint8)', [expect.anything(), ...imageSize, 3]]]);
        expect(outputs.map(([output]) => output)).toEqual(['probabilities', 'logits']);
        expect(JSON.parse(metadata.classNames)).toEqual(['a', 'b', 'c', 'd', 'e']);
        expect(JSON.parse(metadata.imageSize)).toEqual(imageSize);
        expect(JSON.parse(metadata.resizing)).toMatchObject({ resize: 'crop' });
        expect(Object.keys(metadata)).toEqual(expect.arrayContaining(['preprocessing', 'temperature', 'graft']));
      });
    },
  );

  it('has the same answers in onnxruntime-node, for one picture and for many', async () => {
    const classifier = await drawnClassifier(await mini('block5_pool'));
    await exportClassifier(classifier, { ...toOnnx, out: inFolder('node') });
    const session = await ort.InferenceSession.create(inFolder('node', 'model.onnx'));
    const pixels = await checking.checkPictures([32, 32]);
    const all = await session.run({ images: new ort.Tensor('uint8', pixels, [3, 32, 32, 3]) });
    const first = await session.run({ images: new ort.Tensor('uint8', pixels.slice(0, 3072), [1, 32, 32, 3]) });
    const expected = (await predicted(classifier)).flat();
    const given = all.probabilities.data as Float32Array;
    expected.forEach((value, i) => expect(Math.abs(given[i] - value)).toBeLessThan(1e-5));
    (first.probabilities.data as Float32Array).forEach((value, i) =>
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-5),
    );
  });

  it('is loaded by the lines that the export gives, in an empty folder', async () => {
    const classifier = await drawnClassifier(await mini('fc2'), {
      fit: { fit: 'crop', cropFraction: 0.8, interpolation: 'bicubic' },
    });
    const here = inFolder('lines');
    mkdirSync(here);
    const { load } = await exportClassifier(classifier, { ...toOnnx, out: path.join(here, 'a "model"') });
    writeFileSync(path.join(here, 'photo.jpg'), await pngOf(await drawnPictures(1, [60, 80]), [60, 80]));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(here, 'node_modules'));
    const [{ className, probability }] = await predict(classifier, [path.join(here, 'photo.jpg')]);
    const { code } = load.find(({ language }) => language === 'Node')!;
    writeFileSync(path.join(here, 'load.mjs'), code);
    const { stdout } = await run(process.execPath, ['load.mjs'], { cwd: here });
    const [name, said] = stdout.trim().split(' ');
    expect(name).toBe(className);
    expect(Math.abs(Number(said) - probability)).toBeLessThan(0.1);
  });
});

describe('a classifier that was trained in 8 bits', () => {
  const images = shapes10({ train: 40, test: 256 });

  it('keeps 8-bit weights, sums nothing in 8 bits, and names the same class for 254 of 256 pictures', async () => {
    const float = backboneOf(cutAt(await loadNetwork('vgg19-mini'), 'block5_pool'));
    const backbone = withInt8(float, await calibrate(float, images.train));
    const classifier = await drawnClassifier(backbone);
    const out = inFolder('int8');
    const { files } = await exportClassifier(classifier, { ...toOnnx, out });
    const whole = await exportClassifier(await drawnClassifier(float), { ...toOnnx, out: inFolder('float') });
    const bytesOf = (of: typeof files): number => of.find(({ name }) => name === 'model.onnx')!.bytes;
    expect(bytesOf(files)).toBeLessThan(0.3 * bytesOf(whole.files));

    const { nodes } = readModel(readFileSync(path.join(out, 'model.onnx')));
    expect(nodes.map(({ op }) => op).filter((op) => /Quantize|Integer|QLinear/.test(op))).toEqual([]);

    // the graph in 8 bits, computed exactly: unoptimized, each of its operators works in float32
    const pixels = await images.test.read(0, 256);
    const feed = { images: new ort.Tensor('uint8', pixels, [256, 32, 32, 3]) };
    const graph = openModelFolder((write) => backboneGraph(backbone, [32, 32], write, false).graph);
    const exact = await ort.InferenceSession.create(graph.model, { graphOptimizationLevel: 'disabled' });
    const rows = (await exact.run(feed)).features.data as Float32Array;
    graph.remove();
    const expected = await predictProbabilities(classifier.head, {
      shape: [256, ...backbone.outputShape],
      rows: () => Promise.resolve(rows),
    });
    const session = await ort.InferenceSession.create(path.join(out, 'model.onnx'));
    const given = (await session.run(feed)).probabilities.data as Float32Array;
    const best = (of: Float32Array, i: number): number => {
      const row = of.subarray(i * 5, i * 5 + 5);
      return row.indexOf(Math.max(...row));
    };
    const same = Array.from({ length: 256 }, (_, i) => Number(best(given, i) === best(expected, i)));
    expect(same.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(254);
  });

  it('passes the checker, and so do files of ONNX with their weights in 8 bits', async () => {
    for (const name of ['efficientnet-lite0', 'a vision transformer']) {
      const classifier = await drawnClassifier(await BACKBONES[name]());
      const options = {
        inputs: [{ name: 'images', type: 'uint8' as const, shape: ['n', 32, 32, 3] }],
        outputs: [{ name: 'logits', type: 'float32' as const, shape: ['n', 5] }],
        behind: (build: Builder, features: string) => headNodes(build, features, classifier, { probabilities: false }),
        metadata: {},
      };
      const [float, small] = [false, true].map((in8Bits) => onnxOf(classifier, { ...options, in8Bits }));
      if (name === 'efficientnet-lite0') expect(small.length).toBeLessThan(0.6 * float.length); // of float16
      const pixels = await checking.checkPictures([32, 32]);
      const [exact, rounded] = await Promise.all(
        [float, small].map(async (bytes) => {
          const session = await ort.InferenceSession.create(bytes);
          const feed = { images: new ort.Tensor('uint8', pixels, [3, 32, 32, 3]) };
          return (await session.run(feed)).logits.data as Float32Array;
        }),
      );
      expect(relativeError(rounded, exact), name).toBeLessThan(0.1);
    }
  });
});

describe('an export that cannot be right writes nothing', () => {
  it('names a layer that has no counterpart, and the format', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2dTranspose({ name: 'grow', filters: 2, kernelSize: 2, inputShape: [32, 32, 3] }),
        tf.layers.globalAveragePooling2d({}),
      ],
    });
    const backbone = backboneOf(model, { preprocess: 'none' });
    const head = buildHead(backbone.outputShape, { classes: ['a', 'b'] });
    const classifier = createClassifier({ backbone, head, classNames: ['a', 'b'], imageSize: [32, 32] });
    await expect(exportClassifier(classifier, { ...toOnnx, out: inFolder('none') })).rejects.toThrow(
      /^export: ONNX has no counterpart for every layer: layer "grow" \(Conv2DTranspose.*Nothing was written\.$/,
    );
    expect(existsSync(inFolder('none'))).toBe(false);
  });

  it('refuses a folder that holds something else, a file and an address; it replaces its own', async () => {
    const classifier = await drawnClassifier(await file('conv', 'relu2'));
    const out = inFolder('full');
    mkdirSync(path.join(out, 'letters'), { recursive: true });
    writeFileSync(path.join(out, 'letters', 'mine.txt'), 'mine');
    await expect(exportClassifier(classifier, { ...toOnnx, out })).rejects.toThrow(/full holds letters\/mine\.txt/);
    await expect(
      exportClassifier(classifier, { ...toOnnx, out: path.join(out, 'letters', 'mine.txt') }),
    ).rejects.toThrow(/expected a folder; .*mine\.txt is a file/);
    await expect(exportClassifier(classifier, { ...toOnnx, out: 's3://bucket/x' })).rejects.toThrow(/on this machine/);
    expect(readdirSync(out)).toEqual(['letters']);

    rmSync(path.join(out, 'letters'), { recursive: true });
    await exportClassifier(classifier, { ...toOnnx, out });
    await exportClassifier(classifier, { ...toOnnx, out });
    expect(readdirSync(out).sort()).toEqual(['check.json', 'model.onnx']);
    writeFileSync(path.join(out, 'mine.txt'), 'mine');
    await expect(exportClassifier(classifier, { ...toOnnx, out })).rejects.toThrow(/full holds mine\.txt/);
    expect(readdirSync(out).sort()).toEqual(['check.json', 'mine.txt', 'model.onnx']);
  });

  it('leaves nothing behind if the file answers otherwise than predict', async () => {
    const backbone = await mini('fc2');
    const classifier = await drawnClassifier(backbone);
    const other = await drawnClassifier(backbone, { temperature: 3 });
    // a file of another head
    const wrong = { ...classifier, temperature: 3 };
    expect(other.temperature).toBe(3);
    await expect(exportClassifier(wrong, { ...toOnnx, out: inFolder('wrong') })).rejects.toThrow(
      /expected the file to give what predict in float32 gives, to 0\.0001; 3 pictures differ by up to 0\.\d+/,
    );
    expect(readdirSync(folder).filter((name) => name.includes('wrong'))).toEqual([]);
  });

  it('takes a format that there is, and a folder', async () => {
    const classifier = await drawnClassifier(await file('conv', 'relu2'));
    await expect(exportClassifier(classifier, { to: 'pickle' as 'onnx', out: 'x' })).rejects.toThrow(
      /^to: expected one of onnx.*; got "pickle"/,
    );
    await expect(exportClassifier(classifier, { ...toOnnx, out: '' })).rejects.toThrow(/^out: expected a folder/);
  });
});

it('keeps 1,000 class names, names with markup and two of one name', async () => {
  const classNames = Array.from({ length: 1000 }, (_, i) => (i < 2 ? 'twice' : `<b>"${i}"</b> é\n|`));
  const classifier = await drawnClassifier(await file('conv', 'relu2'), { classNames });
  await exportClassifier(classifier, { ...toOnnx, out: inFolder('names') });
  const check = JSON.parse(readFileSync(inFolder('names', 'check.json'), 'utf8')) as {
    classNames: string[];
    pictures: { className: string; probabilities: number[] }[];
  };
  expect(check.classNames).toEqual(classNames);
  for (const { className, probabilities } of check.pictures) {
    expect(probabilities).toHaveLength(1000);
    expect(className).toBe(classNames[probabilities.indexOf(Math.max(...probabilities))]);
  }
});

it('warns of a licence that does not let the weights be passed on freely', async () => {
  const { remarks } = await exportClassifier(await drawnClassifier(await mini('fc2')), {
    ...toOnnx,
    out: inFolder('licence'),
  });
  expect(remarks).toEqual([expect.stringMatching(/vgg19-mini \(for research and teaching\)/)]);
  const open = await exportClassifier(await drawnClassifier(await efficientNetLite0()), {
    ...toOnnx,
    out: inFolder('open'),
  });
  expect(open.remarks).toEqual([]);
});
