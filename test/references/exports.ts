/**
 * Measures how far what `graft export` writes is from `predict`, on true pictures; prints rows for docs/formats.md.
 * Ten minutes on two cores.
 *
 *     CIFAR10_DIR=… VGG16_WEIGHTS=… PHOTOS_DIR=… TRANSFORMERS=… node --import tsx test/references/exports.ts [NETWORK] [cifar10|photos]
 *
 * NETWORK: only those whose names contain it. TRANSFORMERS is a folder in which `npm install @huggingface/transformers@4.3.2` was run. Keras and Python's
 * onnxruntime are those of `npm run setup -- --peers`. A head is trained on 500 CIFAR-10 images, or on 300 of the
 * photos; 256 test images, or 100 photos, are asked about.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as graft from '../../src/index.ts';
import { exportClassifier } from '../../src/classifier/export/export-classifier.ts';
import { openPredictor } from '../../src/classifier/predictor.ts';
import { createClassifier, type Classifier } from '../../src/classifier/classifier.ts';
import { READING } from '../../src/data/pictures/reading.ts';
import { inFloat32 } from '../../src/models/backbone.ts';
import { upscale } from '../../src/pixels/upscale.ts';
import { KEY_BYTES } from '../../src/storage/rows/keys.ts';

const [only = '', on = ''] = process.argv.slice(2);
const { PHOTOS_DIR: photos, TRANSFORMERS: transformers } = process.env;
if (!photos || !transformers) throw new Error('expected PHOTOS_DIR and TRANSFORMERS.');
const folder = mkdtempSync(path.join(os.tmpdir(), 'exports-'));
const read = (script: string, ...args: string[]): string =>
  execFileSync('.venv/peers/bin/python', [path.join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const VIT = { cut: 'last_hidden_state', inputSize: 32, preprocess: 'imagenet' } as const;
const NETWORKS = {
  'VGG16, float32': { backbone: 'vgg16', precision: 'float32' },
  'VGG16, int8': { backbone: 'vgg16', precision: 'int8' },
  'EfficientNet-Lite0': { backbone: 'efficientnet-lite0' },
  'a ViT of drawn weights': { backbone: 'test/references/onnx/vit.onnx', ...VIT },
} as const;

/** What `predict` says of pictures [n, H, W, 3] uint8: probabilities in the order of the names. */
async function asked(classifier: Classifier, pixels: Uint8Array): Promise<number[][]> {
  const n = pixels.length / (classifier.imageSize[0] * classifier.imageSize[1] * 3);
  const predictor = await openPredictor(classifier, { engine: 'onnx', keep: false });
  const given = { pixels, contents: new Uint8Array(n * KEY_BYTES), readings: new Uint8Array(n).fill(READING) };
  const found = await predictor.run(given);
  await predictor.close();
  return found.map(({ ranking }) =>
    classifier.classNames.map((name) => ranking.find(({ className }) => className === name)!.probability),
  );
}

/** Pictures in the size of a network, uint8 [n, S, S, 3]. */
function enlarged(pixels: Uint8Array, n: number, { imageSize, backbone }: Classifier): Uint8Array {
  const { size, interpolation } = backbone.input;
  const [height, width] = imageSize;
  if (height === size && width === size) return pixels;
  const bytes = height * width * 3;
  const out = new Uint8Array(n * size * size * 3);
  for (let i = 0; i < n; i++)
    tf.tidy(() => {
      const one = Int32Array.from(pixels.subarray(i * bytes, (i + 1) * bytes));
      const large = upscale(tf.tensor4d(one, [1, height, width, 3], 'int32'), { size, interpolation });
      out.set(large.clipByValue(0, 255).round().dataSync(), i * size * size * 3);
    });
  return out;
}

/** Says how far probabilities are from what was expected, as cells of a row. */
function row(given: readonly (readonly number[])[], expected: readonly (readonly number[])[]): string {
  const best = (p: readonly number[]): number => p.indexOf(Math.max(...p));
  const apart = given.map((p, i) => Math.max(...p.map((value, k) => Math.abs(value - expected[i][k]))));
  const same = given.filter((p, i) => best(p) === best(expected[i])).length;
  const mean = apart.reduce((a, b) => a + b, 0) / apart.length;
  return `${same} of ${given.length} | ${Math.max(...apart).toExponential(1)} (mean ${mean.toExponential(1)})`;
}

/** Asks a file in Python about pictures [n, H, W, 3] uint8. */
function byPython(kind: 'onnx' | 'keras', out: string, pixels: Uint8Array, size: readonly number[]): number[][] {
  const raw = path.join(folder, 'pixels.bin');
  writeFileSync(raw, pixels);
  return JSON.parse(read('exports.py', kind, out, raw, String(size[0]), String(size[1]))) as number[][];
}

async function byTensorFlow(out: string, pixels: Uint8Array, n: number, size: number): Promise<number[][]> {
  const model = await tf.loadLayersModel(graftFiles(out));
  const rows: number[][] = [];
  const bytes = size * size * 3;
  for (let i = 0; i < n; i += 8)
    tf.tidy(() => {
      const some = pixels.subarray(i * bytes, Math.min(n, i + 8) * bytes);
      const images = tf.tensor4d(Float32Array.from(some), [some.length / bytes, size, size, 3]);
      rows.push(...(model.predict(images) as tf.Tensor2D).arraySync());
    });
  model.dispose();
  return rows;
}

/** TensorFlow.js' own reader of a folder. */
function graftFiles(out: string): tf.io.IOHandler {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path.join(out, 'model.json'), 'utf8')) as {
    readonly modelTopology: object;
    readonly weightsManifest: readonly {
      readonly paths: readonly string[];
      readonly weights: tf.io.WeightsManifestEntry[];
    }[];
  };
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const parts = weightsManifest.flatMap(({ paths }) => paths.map((name) => readFileSync(path.join(out, name))));
  return tf.io.fromMemory({ modelTopology, weightSpecs, weightData: new Uint8Array(Buffer.concat(parts)).buffer });
}

function byTransformers(name: string, dtype: string, files: readonly string[], names: readonly string[]): number[][] {
  const script = path.join(import.meta.dirname, '../classifier/export/read-hub.mjs');
  const options = { input: JSON.stringify(files), encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  const said = execFileSync(process.execPath, [script, transformers!, folder, name, dtype], options);
  const found = JSON.parse(said) as readonly { readonly label: string; readonly score: number }[][];
  return found.map((labels) => names.map((one) => labels.find(({ label }) => label === one)!.score));
}

const say = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);

await graft.useTensorFlow();
for (const data of ['cifar10', photos]) {
  const isCifar = data === 'cifar10';
  if (on && (on === 'cifar10') !== isCifar) continue;
  const images = graft.sample(await graft.loadData(data), isCifar ? { train: 500, test: 256, seed: 1 } : { seed: 1 });
  const pictures = isCifar ? '256 CIFAR-10 test images' : '100 photos of flowers';
  for (const [name, network] of Object.entries(NETWORKS)) {
    if (!name.includes(only)) continue;
    const { classifier } = await graft.trainClassifier({
      data: images,
      ...network,
      epochs: 20,
      cache: path.join(folder, 'features'),
      runs: path.join(folder, 'runs'),
      progress: false,
    });
    const n = images.test.n;
    const asSeen = images.test.forNetwork?.(classifier.backbone.input) ?? images.test;
    const pixels = await asSeen.read(0, n);
    const expected = await asked(classifier, pixels);
    const to = async (format: 'onnx' | 'hub' | 'tfjs' | 'keras'): Promise<string> => {
      const out = path.join(folder, format);
      rmSync(out, { recursive: true, force: true });
      await exportClassifier(classifier, { to: format, out });
      return out;
    };
    say(
      `${name}, \`model.onnx\``,
      'Python’s onnxruntime, same pixels',
      pictures,
      row(byPython('onnx', await to('onnx'), pixels, classifier.imageSize), expected),
    );
    if (!isCifar) {
      await to('hub');
      const files = Array.from({ length: n }, (_, i) => path.join(photos, images.test.fileAt!(i)));
      for (const dtype of ['fp32', 'q8'])
        say(
          `${name}, hub, \`${dtype}\``,
          'transformers.js 4.3.2',
          pictures,
          row(byTransformers('hub', dtype, files, classifier.classNames), expected),
        );
    }
    if (!name.endsWith('float32') || !name.startsWith('VGG16')) continue;
    const { size } = classifier.backbone.input;
    const large = enlarged(pixels, n, classifier);
    const atSize = createClassifier({
      ...classifier,
      backbone: inFloat32(classifier.backbone),
      imageSize: [size, size],
    });
    const expectedAtSize = await asked(atSize, large);
    say(
      `${name}, \`model.keras\``,
      'Keras',
      pictures,
      row(byPython('keras', await to('keras'), large, [size, size]), expectedAtSize),
    );
    say(
      `${name}, \`model.json\``,
      'TensorFlow.js in Node',
      pictures,
      row(await byTensorFlow(await to('tfjs'), large, n, size), expectedAtSize),
    );
  }
}
rmSync(folder, { recursive: true });
