import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Classifier, createClassifier } from '../../../src/classifier/classifier.ts';
import { exportClassifier } from '../../../src/classifier/export/export-classifier.ts';
import { importClassifier } from '../../../src/classifier/import/import-classifier.ts';
import { openClassifier } from '../../../src/classifier/open-classifier.ts';
import { openPredictor } from '../../../src/classifier/predictor.ts';
import { READING } from '../../../src/data/pictures/reading.ts';
import { KEY_BYTES } from '../../../src/storage/rows/keys.ts';
import { pngOf } from '../../../src/data/pictures/picture-files.ts';
import { useTensorFlow } from '../../../src/host/tensorflow.ts';
import { backboneOf } from '../../../src/models/backbone.ts';
import { loadNetwork } from '../../../src/models/networks/network.ts';
import { cutAt } from '../../../src/models/surgery.ts';
import { FEATURES, networkFile, PICTURES } from '../../../src/onnx/file/network-file.ts';
import type { Feed } from '../../../src/runtime/onnx-session.ts';
import { readKeras } from '../../../src/models/keras/read-keras.ts';
import { runOnnx } from '../../../src/classifier/export/graph/run-onnx.ts';
import { zipOf } from '../../../src/storage/files/write-zip.ts';
import { writeKerasHdf5 } from '../../../src/storage/weights/write-keras-hdf5.ts';
import { node } from '../../process.ts';
import { itWithPeers } from '../../peers.ts';
import { drawnClassifier, drawnPictures } from '../export/drawn-classifier.ts';
import { metadata, teachableModel, writeLayersModel, zipFolder } from './teachable.ts';

const run = promisify(execFile);
let folder: string;
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const LABELS = ['cat', 'dog', 'ä 猫'];

let model: tf.Sequential;
beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'import-'));
  model = teachableModel(LABELS.length);
  await writeLayersModel(model, inFolder('teachable'));
  writeFileSync(inFolder('teachable', 'metadata.json'), metadata(LABELS));
  zipFolder(inFolder('teachable'), inFolder('teachable.zip'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a classifier says about pictures of its own size: probabilities [n, K]. */
async function answers(classifier: Classifier, pixels: Uint8Array, n: number): Promise<number[]> {
  const predictor = await openPredictor(classifier, { engine: 'onnx', keep: false });
  const found = await predictor.run({
    pixels,
    contents: new Uint8Array(n * KEY_BYTES),
    readings: new Uint8Array(n).fill(READING),
  });
  await predictor.close();
  return found.flatMap(({ ranking }) =>
    classifier.classNames.map((name) => ranking.find(({ className }) => className === name)!.probability),
  );
}

/** What TensorFlow.js says about them, with the levels as its maker prepares them. */
const theirs = (
  of: tf.LayersModel,
  pixels: Uint8Array,
  size: number,
  prepare: (x: tf.Tensor4D) => tf.Tensor,
): number[] =>
  tf.tidy(() => {
    const levels = tf.tensor4d(Float32Array.from(pixels), [pixels.length / (size * size * 3), size, size, 3]);
    return [...(of.predict(prepare(levels)) as tf.Tensor).dataSync<'float32'>()];
  });

function expectClose(given: readonly number[], expected: readonly number[]): void {
  expect(given).toHaveLength(expected.length);
  expect(Math.max(...expected)).toBeLessThan(0.99);
  given.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-5));
}

describe('a classifier of Teachable Machine', () => {
  it('answers as in TensorFlow.js, from its ZIP and from its folder, with its own names, crop and levels', async () => {
    const pixels = await drawnPictures(3, [96, 96]);
    const expected = theirs(model, pixels, 96, (x) => x.div(127).sub(1)); // capture() of its library
    for (const from of ['teachable.zip', 'teachable', path.join('teachable', 'model.json')]) {
      const out = inFolder('out', from);
      const { classifier, origin } = await importClassifier(inFolder(from), { out });
      expectClose(await answers(classifier, pixels, 3), expected);
      expect(classifier).toMatchObject({
        classNames: LABELS,
        imageSize: [96, 96],
        fit: { fit: 'crop', cropFraction: 1, interpolation: 'bilinear' },
      });
      expect(origin).toBe('Teachable Machine');
    }
  });

  it('is opened without TensorFlow.js’ model, and takes photos of any size', async () => {
    const out = inFolder('opened');
    await importClassifier(inFolder('teachable.zip'), { out });
    await importClassifier(inFolder('teachable.zip'), { out }); // again: its own folder
    const photo = await pngOf(await drawnPictures(1, [96, 192]), [96, 192]);
    const middle = (await drawnPictures(1, [96, 192])).filter(
      (_, at) => Math.floor(at / 3) % 192 >= 48 && Math.floor(at / 3) % 192 < 144,
    );
    await using it = await openClassifier(out);
    const { ranking } = await it.predict(photo);
    const expected = theirs(model, middle, 96, (x) => x.div(127).sub(1));
    expectClose(
      LABELS.map((name) => ranking.find(({ className }) => className === name)!.probability),
      expected,
    );
    const files = readdirSync(out).map((name) => name.replace(/-[0-9a-f]{12}/, '-…'));
    expect(files.sort()).toEqual(['classifier.json', 'head-….bin', 'teachable.onnx']);
  });
});

describe('graft import', () => {
  it('makes a folder that graft evaluate takes, with an interval, and says how', async () => {
    const [width, n] = [96, 4];
    const pixels = await drawnPictures(n, [width, width]);
    for (let i = 0; i < n; i++) {
      const picture = pixels.subarray(i * width * width * 3, (i + 1) * width * width * 3);
      mkdirSync(inFolder('photos', LABELS[i % 3]), { recursive: true });
      writeFileSync(inFolder('photos', LABELS[i % 3], `${i}.png`), await pngOf(picture, [width, width]));
    }
    const out = inFolder('by-command');
    const made = await node(['src/graft.mjs', 'import', inFolder('teachable.zip'), '--out', out]);
    expect(made.status, made.stderr).toBe(0);
    expect(made.stdout).toMatch(/imported from Teachable Machine; photos are brought to 96×96 \(crop, bilinear\)/);
    const said = ['--classifier', out, '--data', inFolder('photos'), '--split', 'all', '--json'];
    const tested = await node(['src/graft.mjs', 'evaluate', ...said, '--out', inFolder('evaluation')]);
    expect(tested.status, tested.stderr).toBe(0);
    const { n: judged, interval } = JSON.parse(tested.stdout) as { n: number; interval: [number, number] };
    expect(judged).toBe(n);
    expect(interval[0]).toBeLessThan(interval[1]);
  });
});

describe('a classifier of Keras and of TensorFlow.js', () => {
  it('is refused without names, and gets them by a flag; its levels and its sides are Keras’ own', async () => {
    await writeLayersModel(model, inFolder('layers'));
    const out = inFolder('named');
    await expect(importClassifier(inFolder('layers'), { out })).rejects.toThrow(
      /^classNames: expected a name for each of the 3 outputs of .*layers; nothing names them there/,
    );
    await expect(importClassifier(inFolder('layers'), { out, classNames: ['a', 'b'] })).rejects.toThrow(/got 2: a, b/);
    expect(existsSync(out)).toBe(false);
    const preprocess = 'tf' as const;
    const asItIs = await importClassifier(inFolder('layers'), { out, classNames: LABELS });
    expect(String(asItIs)).toMatch(/note: no layer at its beginning scales levels.* without --preprocess/);
    const imported = await importClassifier(inFolder('layers'), { out, classNames: LABELS, preprocess });
    const { classifier, origin } = imported;
    expect([imported.remarks, String(imported).match(/note:/)]).toEqual([[], null]);
    expect(origin).toBe('TensorFlow.js');
    expect(classifier.fit).toEqual({ fit: 'squash', cropFraction: 1, interpolation: 'bilinear' });
    const pixels = await drawnPictures(3, [96, 96]);
    expectClose(
      await answers(classifier, pixels, 3),
      theirs(model, pixels, 96, (x) => x.div(127.5).sub(1)),
    );
  });

  it('comes back from the .keras file that an export wrote', async () => {
    const network = await loadNetwork('vgg19-mini');
    const own = await drawnClassifier(backboneOf(cutAt(network, 'block5_pool')), { hidden: [5], imageSize: [64, 64] });
    await exportClassifier(own, { to: 'keras', out: inFolder('exported') });
    const { classNames } = own;
    const file = inFolder('exported', 'model.keras');
    const { classifier, remarks } = await importClassifier(file, { out: inFolder('back'), classNames });
    expect(remarks).toEqual([]); // its first layer prepares levels
    const { size } = own.backbone.input;
    const pixels = await drawnPictures(2, [size, size]);
    const same = createClassifier({ ...own, imageSize: [size, size] });
    expectClose(await answers(classifier, pixels, 2), await answers(same, pixels, 2));
  });

  itWithPeers('that Keras itself saved, in each of its files, answers as there', async (python) => {
    const { stdout } = await run(python, ['test/classifier/import/save-keras.py', folder]);
    const data = Float32Array.from(readFileSync(inFolder('pixels.bin')));
    const saved = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number[]>;
    expect(Object.keys(saved)).toHaveLength(7);
    for (const [file, expected] of Object.entries(saved)) {
      const network = networkFile(await readKeras(inFolder(file)));
      const feed = (): { [PICTURES]: Feed } => ({ [PICTURES]: { type: 'float32', data, dims: [2, 32, 32, 3] } });
      expectClose([...(await runOnnx(network, FEATURES, 2, { feed }))], expected);
    }
    // in Teachable Machine's ZIP for Keras, with its labels
    const bytes = readFileSync(inFolder(Object.keys(saved).find((file) => file.endsWith('.h5'))!));
    const labels = Buffer.from('0 a cat\n1 dog\r\n2 2 birds\n3 fish\n');
    writeFileSync(
      inFolder('for-keras.zip'),
      zipOf([
        { name: 'keras_model.h5', bytes },
        { name: 'labels.txt', bytes: labels },
      ]),
    );
    const { classifier, origin } = await importClassifier(inFolder('for-keras.zip'), { out: inFolder('for-keras') });
    expect(origin).toBe('Teachable Machine, for Keras');
    expect(classifier.classNames).toEqual(['a cat', 'dog', '2 birds', 'fish']);
    expect(classifier.fit).toEqual({ fit: 'crop', cropFraction: 1, interpolation: 'lanczos3' });
    expect(classifier.backbone.input.preprocess).toBe('tf');
  });
});

describe('an import refuses', () => {
  const out = (): string => inFolder('refused');
  const asked = (from: string): Promise<unknown> =>
    importClassifier(inFolder(from), { out: out(), classNames: LABELS });
  /** Teachable Machine's folder, with its model.json changed. */
  function changed(name: string, change: (json: Record<string, unknown>) => object): string {
    cpSync(inFolder('teachable'), inFolder(name), { recursive: true });
    const file = inFolder(name, 'model.json');
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)));
    return name;
  }
  const replacing = (from: string, to: string) => (json: object) =>
    JSON.parse(JSON.stringify(json).replaceAll(from, to)) as object;

  it('what Graft has no counterpart for, what is no classifier, and other files, and writes nothing', async () => {
    writeFileSync(inFolder('text.txt'), 'hello');
    mkdirSync(inFolder('empty'), { recursive: true });
    const refusals: [string, RegExp][] = [
      [changed('graph', (json) => ({ ...json, format: 'graph-model' })), /is a graph model, which has no layers/],
      [
        changed('custom', replacing('"ZeroPadding2D"', '"MyOwnLayer"')),
        /layer "block_1_pad" \(MyOwnLayer\): expected one of/,
      ],
      [changed('sigmoid', replacing('"softmax"', '"sigmoid"')), /expected a Dense with softmax at its end.*"sigmoid"/],
      [changed('elsewhere', replacing('"weights.bin"', '"../weights.bin"')), /names weights outside of its folder/],
      [
        changed('huge', replacing('"units":10,', '"units":100000000000,')),
        /expected weights \[1280, 100000000000\].*; the file has \[1280, 10\]/,
      ],
      [
        changed('grey', replacing('[null,96,96,3]', '[null,96,96,1]')),
        /expected pictures \[null, S, S, 3\] of a fixed size; got \[null,96,96,1\]/,
      ],
      ['text.txt', /expected Teachable Machine’s ZIP or folder.*got another file/],
      ['empty', /it holds nothing/],
      ['nowhere', /there is nothing/],
    ];
    for (const [from, reason] of refusals) await expect(asked(from), from).rejects.toThrow(reason);
    expect(existsSync(out())).toBe(false);
  });

  it('an archive that leads out of its folder, unpacks to gigabytes or is damaged, and leaves nothing', async () => {
    const parts = readdirSync(inFolder('teachable')).map((name) => ({
      name,
      bytes: readFileSync(inFolder('teachable', name)),
    }));
    const whole = zipOf(parts);
    const outside = zipOf([{ name: '../../outside.txt', bytes: Buffer.from('x') }, ...parts]);
    const lying = Buffer.from(whole);
    const list = lying.indexOf('PK\x01\x02', 0, 'latin1');
    lying.writeUInt32LE(lying.readUInt32LE(list + 24) - 1, list + 24);
    const refusals: [string, Uint8Array, RegExp][] = [
      ['outside', outside, /leads out of its folder: "..\/..\/outside.txt"/],
      ['bomb', bomb(2 ** 32 - 2), /would unpack from [\d,]+ bytes to 4,294,967,294/],
      ['small-bomb', bomb(100), /unpacks to more than the 100 bytes that the archive says/],
      ['cut', whole.subarray(0, whole.length / 2), /is cut short: its list of files is missing/],
      ['lying', lying, /more than the [\d]+ bytes that the archive says/],
    ];
    const before = readdirSync(os.tmpdir()).filter((name) => name.startsWith('graft-'));
    for (const [name, bytes, reason] of refusals) {
      writeFileSync(inFolder(`${name}.zip`), bytes);
      await expect(asked(`${name}.zip`), name).rejects.toThrow(reason);
    }
    expect(readdirSync(os.tmpdir()).filter((name) => name.startsWith('graft-'))).toEqual(before);
    expect(existsSync(out()) || existsSync(path.join(os.tmpdir(), 'outside.txt'))).toBe(false);
  });

  it('a .keras file that is damaged, has a layer of one’s own or weights alone', async () => {
    const config = {
      module: 'my_layers',
      class_name: 'Functional',
      registered_name: 'mine>Net',
      config: { name: 'net', layers: [] },
    };
    const archive = (described: string, weights: Uint8Array): Uint8Array =>
      zipOf([
        { name: 'config.json', bytes: Buffer.from(described) },
        { name: 'model.weights.h5', bytes: weights },
      ]);
    await writeKerasHdf5(inFolder('alone.weights.h5'), [{ key: 'dense', name: 'dense', weights: [] }]);
    const weights = readFileSync(inFolder('alone.weights.h5'));
    const refusals: [string, Uint8Array, RegExp][] = [
      ['own.keras', archive(JSON.stringify(config), weights), /is a layer of one’s own, mine>Net/],
      ['json.keras', archive('{', weights), /its config.json cannot be read/],
      ['weights.keras', archive('{}', weights.subarray(0, 300)), /truncated|damaged/],
      ['cut.keras', archive('{}', weights).subarray(0, 400), /cut short/],
      ['alone.h5', weights, /expected a whole model of Keras.*holds weights alone/],
    ];
    for (const [name, bytes, reason] of refusals) {
      writeFileSync(inFolder(name), bytes);
      await expect(asked(name), name).rejects.toThrow(reason);
    }
    expect(existsSync(out())).toBe(false);
  });

  it('a folder that holds something else', async () => {
    mkdirSync(inFolder('taken'));
    writeFileSync(inFolder('taken', 'model.onnx'), 'mine');
    await expect(importClassifier(inFolder('teachable'), { out: inFolder('taken') })).rejects.toThrow(
      /written by an import before; .*taken holds model.onnx/,
    );
    expect(readFileSync(inFolder('taken', 'model.onnx'), 'utf8')).toBe('mine');
  });
});

/** An archive of one file that unpacks to 64 MiB of zeros. @param says how many bytes the archive says that it has */
function bomb(says: number): Buffer {
  const packed = deflateRawSync(Buffer.alloc(64 << 20));
  const made = Buffer.from(zipOf([{ name: 'model.json', bytes: packed }]));
  for (const [at, signature] of [
    [0, 0],
    [made.indexOf('PK\x01\x02', 0, 'latin1'), 2],
  ]) {
    made.writeUInt16LE(8, at + 8 + signature);
    made.writeUInt32LE(says, at + 22 + signature);
  }
  return made;
}
