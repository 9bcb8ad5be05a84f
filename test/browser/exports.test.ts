import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import { exportClassifier } from '../../src/classifier/export/export-classifier.ts';
import { predictFiles } from '../../src/classifier/predict-files.ts';
import type { Prediction } from '../../src/classifier/predictor.ts';
import { type PicturePath, picturePaths } from '../../src/data/pictures/picture-paths.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { ROOT } from '../../src/project.ts';
import { drawnClassifier } from '../classifier/export/drawn-classifier.ts';
import { mini } from '../classifier/export/layer-backbones.ts';
import { launch, watchRequests } from './browser.ts';

/** A folder in which `npm install @huggingface/transformers@4.3.2` was run; onnxruntime-web comes with it. */
const readers = process.env.GRAFT_TEST_TRANSFORMERS;
/** Photos by class: real ones where they are, else those that were drawn for the project. */
const photos = [process.env.GRAFT_TEST_PHOTOS, '../shared/data/flowers-sample', 'data/drawn-flowers']
  .map((name) => path.resolve(ROOT, name ?? 'none'))
  .find((name) => existsSync(name))!;
const MOST_PHOTOS = 100;

let folder: string;
let browser: Browser;
let server: Server;
let page: Page;
let foreign: string[];
const inFolder = (...names: string[]): string => path.join(folder, ...names);

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'exports-in-page-'));
  const own = await drawnClassifier(await mini('block5_pool'), { hidden: [6] });
  await exportClassifier(own, { to: 'onnx', out: inFolder('onnx-of-layers') });
  await exportClassifier(own, { to: 'tfjs', out: inFolder('tfjs-map') });
  await exportClassifier(await drawnClassifier(await mini('fc2')), { to: 'tfjs', out: inFolder('tfjs-vector') });
  const lite = await drawnClassifier(await efficientNetLite0(), { imageSize: [224, 224] });
  await exportClassifier(lite, { to: 'onnx', out: inFolder('onnx-of-a-file') });
  browser = await launch();
  server = await serve({
    '/exports/': folder,
    '/photos/': photos,
    '/readers/': path.join(readers ?? folder, 'node_modules'),
    '/own/': path.join(ROOT, 'node_modules'),
  });
  page = await browser.newPage();
  foreign = watchRequests(page);
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

const TYPES: Readonly<Record<string, string>> = {
  mjs: 'text/javascript',
  js: 'text/javascript',
  wasm: 'application/wasm',
  json: 'application/json',
};

/** Serves folders by the beginnings of addresses, and an empty page at `/`. */
async function serve(roots: Readonly<Record<string, string>>): Promise<Server> {
  const made = createServer(({ url = '' }, response) => {
    const asked = decodeURIComponent(url.split('?')[0]);
    if (asked === '/')
      return response.setHeader('content-type', 'text/html').end('<!doctype html><title>exports</title>');
    const [begin, root] = Object.entries(roots).find(([one]) => asked.startsWith(one)) ?? [];
    const file = root && path.join(root, asked.slice(begin!.length));
    if (!file?.startsWith(root!) || !statSync(file, { throwIfNoEntry: false })?.isFile())
      return response.writeHead(404).end();
    response.setHeader('content-type', TYPES[path.extname(file).slice(1)] ?? 'application/octet-stream');
    return createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => made.listen(0, 'localhost', resolve));
  return made;
}

interface Check {
  readonly size: readonly [number, number];
  readonly pictures: readonly { readonly png: string; readonly probabilities: readonly number[] }[];
}

/** Loads a module into the page, under a name of its own. */
async function loadInPage(address: string, name: string): Promise<void> {
  await page.addScriptTag({ type: 'module', content: `import * as it from '${address}'; globalThis.${name} = it;` });
  await page.waitForFunction((name) => name in globalThis, name, { timeout: 0 });
}

/** Runs a written file in the page on the pictures of its check.json. @returns the largest difference from what stands there */
const largestDifference = (kind: 'onnx' | 'tfjs', name: string): Promise<number> =>
  page.evaluate(
    async ([kind, name]) => {
      const check = (await (await fetch(`/exports/${name}/check.json`)).json()) as Check;
      const [height, width] = check.size;
      const pixelsOf = async (png: string): Promise<Uint8Array> => {
        const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
        const context = new OffscreenCanvas(width, height).getContext('2d')!;
        context.drawImage(await createImageBitmap(blob, { colorSpaceConversion: 'none' }), 0, 0);
        return Uint8Array.from(context.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 < 3));
      };
      let answer: (pixels: Uint8Array) => Promise<ArrayLike<number>>;
      if (kind === 'onnx') {
        const { ort } = globalThis as unknown as { ort: typeof import('onnxruntime-node') };
        ort.env.wasm.wasmPaths = '/readers/onnxruntime-web/dist/';
        ort.env.wasm.numThreads = 1;
        const session = await ort.InferenceSession.create(`/exports/${name}/model.onnx`);
        answer = async (pixels) =>
          (await session.run({ images: new ort.Tensor('uint8', pixels, [1, height, width, 3]) })).probabilities
            .data as Float32Array;
      } else {
        const { tf } = globalThis as unknown as { tf: typeof import('@tensorflow/tfjs') };
        await tf.setBackend('cpu');
        const model = await tf.loadLayersModel(`/exports/${name}/model.json`);
        answer = (pixels) =>
          (
            model.predict(
              tf.tensor4d(Float32Array.from(pixels), [1, height, width, 3]),
            ) as import('@tensorflow/tfjs').Tensor
          ).data();
      }
      let largest = 0;
      for (const { png, probabilities } of check.pictures) {
        const given = await answer(await pixelsOf(png));
        if (given.length !== probabilities.length) return Infinity;
        probabilities.forEach((value, k) => (largest = Math.max(largest, Math.abs(value - given[k]) || 0)));
      }
      return largest;
    },
    [kind, name] as const,
  );

async function answersAlike(kind: 'onnx' | 'tfjs', names: readonly string[]): Promise<void> {
  for (const name of names) {
    const largest = await largestDifference(kind, name);
    console.log(`${name}: ${largest.toExponential(1)}`);
    expect(largest, name).toBeLessThan(1e-5);
  }
}

describe('what graft export wrote, in a page', () => {
  it('answers as predict does: layers models in TensorFlow.js', async () => {
    await page.addScriptTag({ url: '/own/@tensorflow/tfjs/dist/tf.min.js' });
    await answersAlike('tfjs', ['tfjs-map', 'tfjs-vector']);
  });

  it('answers as predict does: ONNX files in onnxruntime-web (WebAssembly)', async (context) => {
    if (!readers) return context.skip('needs GRAFT_TEST_TRANSFORMERS, where @huggingface/transformers is installed');
    await loadInPage('/readers/onnxruntime-web/dist/ort.wasm.min.mjs', 'ort');
    await answersAlike('onnx', ['onnx-of-layers', 'onnx-of-a-file']);
  });

  it('names the class that predict names for 98 of 100 photos: the folder for the hub in transformers.js', async (context) => {
    if (!readers) return context.skip('needs GRAFT_TEST_TRANSFORMERS, where @huggingface/transformers is installed');
    const { classifier } = await trainClassifier({
      ...{ data: photos, backbone: 'efficientnet-lite0', epochs: 10, progress: false },
      ...{ cache: inFolder('features'), runs: inFolder('runs') },
    });
    await exportClassifier(classifier, { to: 'hub', out: inFolder('flowers') });
    const expected = await someOf(classifier);
    await loadInPage('/readers/@huggingface/transformers/dist/transformers.min.js', 'transformers');
    const found = await page.evaluate(
      async (files) => {
        type Classify = (photo: string, options: object) => Promise<{ label: string; score: number }[]>;
        const { env, pipeline } = (globalThis as unknown as { transformers: object }).transformers as {
          env: {
            allowRemoteModels: boolean;
            allowLocalModels: boolean;
            localModelPath: string;
            useBrowserCache: boolean;
            backends: { onnx: { wasm: { wasmPaths: string; numThreads: number } } };
          };
          pipeline: (task: string, name: string, options: object) => Promise<Classify>;
        };
        Object.assign(env, {
          allowRemoteModels: false,
          allowLocalModels: true,
          localModelPath: '/exports/',
          useBrowserCache: false,
        });
        Object.assign(env.backends.onnx.wasm, { wasmPaths: '/readers/onnxruntime-web/dist/', numThreads: 1 });
        const classify = await pipeline('image-classification', 'flowers', { dtype: 'fp32', device: 'wasm' });
        const all: { label: string; score: number }[][] = [];
        for (const file of files) all.push(await classify(`/photos/${file}`, { top_k: null }));
        return all;
      },
      expected.map(({ file }) => path.relative(photos, file).split(path.sep).map(encodeURIComponent).join('/')),
    );
    const differences = expected.map(({ ranking }, i) =>
      Math.max(
        ...ranking.map(({ className, probability }) =>
          Math.abs(found[i].find(({ label }) => label === className)!.score - probability),
        ),
      ),
    );
    const same = expected.filter(({ className }, i) => found[i][0].label === className).length;
    const mean = differences.reduce((a, b) => a + b) / differences.length;
    console.log(
      `same class for ${same} of ${expected.length} photos, largest difference ${Math.max(...differences).toFixed(4)}, mean ${mean.toFixed(4)}`,
    );
    expect(same).toBeGreaterThanOrEqual(0.98 * expected.length);
    expect(mean).toBeLessThan(0.05);
  });

  it('asks nobody else', () => expect(foreign).toEqual([]));
});

/** What `predict` says of photos from all over the folder, without those that are damaged on purpose. */
async function someOf(classifier: Classifier): Promise<(Prediction & { readonly file: string })[]> {
  const files: PicturePath[] = [];
  for await (const one of picturePaths([photos])) files.push(one);
  const step = Math.max(1, Math.floor(files.length / MOST_PHOTOS));
  const found: (Prediction & { readonly file: string })[] = [];
  for await (const one of predictFiles(classifier, files.filter((_, i) => i % step === 0).slice(0, MOST_PHOTOS)))
    if ('className' in one) found.push(one);
  return found;
}
