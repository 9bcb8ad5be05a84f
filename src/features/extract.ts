import { createHash } from 'node:crypto';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { checkKernel, type Kernel } from '../pixels/interpolation.ts';
import { checkPreprocessing, type Preprocessing } from '../pixels/preprocess.ts';
import { dataFolder } from '../project.ts';
import { hashOf } from '../storage/sealed-json.ts';
import { useTensorFlow } from '../runtime/tensorflow.ts';
import { originOf } from '../models/origin.ts';
import { checkEngine, chooseEngine, type EngineName, openEngine } from '../runtime/engine.ts';
import { float16Agreement, toFloat16 } from '../storage/float16.ts';
import { lock } from '../storage/lock.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { type Dtype, DTYPES } from '../storage/npy.ts';
import type { Ranges } from '../onnx/int8.ts';
import { choosePrecision, type Precision } from '../runtime/precision.ts';
import { type Features, readFeatures } from './read.ts';
import { type FeatureStore, isUnfit, markUnfit, missingRanges, openStore, openWriter, refresh, rowsPresent } from '../storage/store.ts';
import { mendHeader, verify } from '../storage/verify.ts';

export interface ExtractOptions {
  /** How images are brought to the network's size. @default 'bicubic' */
  readonly kernel?: Kernel;
  /** @default what the network was trained with; 'none' without one */
  readonly preprocess?: Preprocessing;
  /** @default 'auto': TensorFlow on a GPU where there is one, else ONNX Runtime */
  readonly engine?: EngineName | 'auto';
  /**
   * Of the backbone: `float32`; `int8`, four times as fast on a CPU with VNNI; `auto`: int8 where the CPU has it, no GPU
   * does the work, `calibration` is given and agrees to 0.995, else float32. @default 'auto'
   */
  readonly precision?: Precision | 'auto';
  /** For int8: images of the training set, 32 or more (80, say); the last 16 check how well int8 agrees with float32. */
  readonly calibration?: Images;
  /** For int8: where a layer's range of activations ends, 99 to 100 % of its values on the calibration images. @default 100 */
  readonly calibrationPercentile?: number;
  /**
   * What features are kept as. `auto`: float16, half as large, where it keeps every image's features to a cosine of
   * 0.9999, else float32. @default 'auto'
   */
  readonly dtype?: Dtype | 'auto';
  /** Images a batch; what a kill loses at most. @default 8; on a GPU 128, or as many as its memory holds */
  readonly batchSize?: number;
  /** Where features are kept. @default `data/features` */
  readonly cache?: string;
  /** Called after every batch, and once at the start. */
  readonly onProgress?: (progress: ExtractProgress) => void;
  /** Ends the run after the batch in flight; what is done is kept. */
  readonly signal?: AbortSignal;
}

export interface ExtractProgress {
  readonly label: string;
  /** Images whose features are there. */
  readonly done: number;
  readonly total: number;
  /** Of `done`, those that were there before. */
  readonly cached: number;
  readonly note?: string;
}

/** A graph whose numbers changed gets another version, so that old features are not taken for new ones. */
const VERSION = 1;

/**
 * Runs a backbone once over a set of images; its outputs are the features. They are kept on disk under a key that
 * names everything that changes them, so that every later run with the same backbone and images, or fewer of them,
 * finds them there, and a run that was cut off goes on where it was.
 * @param backbone [n, S, S, 3] → [n, …], `split(model).backbone` or any frozen model
 * @param images [N, H, W, 3] uint8
 * @returns the features [N, …], on disk; memory is bounded by the batch whatever N is
 * @throws the signal's reason when aborted; what is done is kept
 */
export async function extractFeatures(backbone: tf.LayersModel, images: Images, options: ExtractOptions = {}): Promise<Features> {
  const { kernel = 'bicubic', engine = 'auto', dtype = 'auto', cache = path.join(dataFolder(), 'features'), signal } = options;
  const origin = originOf(backbone);
  const preprocess = options.preprocess ?? origin?.preprocess ?? 'none';
  checkKernel(kernel);
  checkPreprocessing(preprocess);
  checkEngine(engine);
  const chosen = engine === 'auto' ? await chooseEngine() : engine;
  const { batchSize = (await onGpu(chosen)) ? 128 : 8 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`batchSize: expected a whole number from 1; got ${batchSize}.`);
  if (![...DTYPES, 'auto'].includes(dtype)) throw new RangeError(`dtype: expected one of auto, ${DTYPES.join(', ')}; got "${dtype}".`);
  const [n, height, width] = images.shape;
  const cut = backbone.layers.at(-1)!.name;
  const name = fingerprint(backbone);
  const { int8, precisionText } = await choosePrecision(backbone, chosen, { ...options, kernel, preprocess, cache, fingerprint: name });
  const key = {
    version: VERSION,
    images: images.sequence,
    // a sequence drawn by code is another one when the code changes
    firstImage: createHash('sha256')
      .update(images.pixels.subarray(0, height * width * 3))
      .digest('hex'),
    network: origin?.network ?? backbone.name,
    cut,
    backbone: name,
    kernel,
    preprocess,
    engine: chosen,
    precision: int8 ? 'int8' : 'float32',
    ...(int8 && { ranges: hashOf(int8) }),
  };
  const rowShape = (backbone.outputs[0].shape as number[]).slice(1);
  const open = (as: Dtype): FeatureStore => openStore(cache, as === 'float32' ? key : { ...key, dtype: as }, rowShape, as, images.name);
  let store = open(dtype === 'float32' ? 'float32' : 'float16');
  if (dtype === 'auto' && isUnfit(store)) store = open('float32');
  const damaged = verify(store, n);
  const started = performance.now();
  const cached = rowsPresent(store, n);
  let description = `${chosen}, ${precisionText}, found on disk`;
  const label = `${key.network} to ${cut}, ${precisionText}`;
  const note = damaged.length ? `${damaged.length} damaged batches found, computed again` : undefined;
  options.onProgress?.({ label, done: cached, total: n, cached, note });
  if (cached < n) {
    const compute = (): Promise<string | undefined> =>
      fill(store, backbone, images, { kernel, preprocess, engine: chosen, int8, batchSize, signal }, (done, more) =>
        options.onProgress?.({ label, done, total: n, cached, note: more ?? note }),
      );
    const engineText = await compute().catch((error: unknown) => {
      if (!(error instanceof Float16Error) || dtype !== 'auto') throw error;
      markUnfit(store);
      store = open('float32');
      return compute();
    });
    if (engineText) description = `${engineText}, ${precisionText}`;
  }
  mendHeader(store);
  return readFeatures(store, n, { cached, seconds: (performance.now() - started) / 1000, engine: description });
}

const onGpu = async (engine: EngineName): Promise<boolean> => engine === 'webgpu' || (engine === 'tensorflow' && (await useTensorFlow()).device === 'GPU');

/** Computes and writes what is missing, and says what computed it: one batch runs while the one before is written. */
async function fill(
  store: FeatureStore,
  backbone: tf.LayersModel,
  images: Images,
  {
    engine: name,
    batchSize,
    signal,
    ...pixels
  }: { kernel: Kernel; preprocess: Preprocessing; engine: EngineName; int8?: Ranges; batchSize: number; signal?: AbortSignal },
  onProgress: (done: number, note?: string) => void,
): Promise<string | undefined> {
  const [n, height, width] = images.shape;
  const bytes = height * width * 3;
  const unlock = await lock(path.join(store.folder, 'lock'), {
    signal,
    onWait: (pid) => onProgress(rowsPresent(store, n), `process ${pid} is computing the same features; waiting for it`),
  });
  try {
    refresh(store);
    const batches = missingRanges(store, n).flatMap(([from, to]) =>
      Array.from({ length: Math.ceil((to - from) / batchSize) }, (_, i) => {
        const start = from + i * batchSize;
        return [start, Math.min(to, start + batchSize)] as const;
      }),
    );
    if (!batches.length) return undefined; // another process has computed them meanwhile
    const engine = withinMemory(await openEngine(name, backbone, { imageSize: [height, width], ...pixels }));
    const writer = openWriter(store);
    try {
      const run = ([from, to]: readonly [number, number]): Promise<Float32Array> => engine.run(images.pixels.subarray(from * bytes, to * bytes), to - from);
      let done = rowsPresent(store, n); // counted on from here: asking the store again would sort all its batches every time
      let next: Promise<Float32Array> | undefined = run(batches[0]);
      for (let b = 0; b < batches.length; b++) {
        const rows = await next!;
        const [from, to] = batches[b];
        next = b + 1 < batches.length && !signal?.aborted ? run(batches[b + 1]) : undefined;
        next?.catch(() => {}); // a failure to write comes first; this one is seen when awaited
        checkFinite(rows, from);
        writer.write(from, store.dtype === 'float16' ? halved(rows, from, to - from) : rows);
        done += to - from;
        onProgress(done);
        if (!next) signal?.throwIfAborted();
      }
    } finally {
      writer.close();
      await engine.release();
    }
    return engine.description;
  } finally {
    unlock();
  }
}

/** Says that float16 does not keep features well enough. */
class Float16Error extends Error {}
const FLOAT16_AGREEMENT = 0.9999;

function halved(rows: Float32Array, from: number, count: number): Uint16Array {
  const halves = toFloat16(rows);
  if (float16Agreement(rows, halves, count) >= FLOAT16_AGREEMENT) return halves;
  throw new Float16Error(`features: some values in the batch from image ${from} are too large or too small for float16. Use { dtype: 'float32' }.`);
}

function checkFinite(rows: Float32Array, from: number): void {
  let sum = 0;
  for (const value of rows) sum += value;
  if (!Number.isFinite(sum)) throw new Error(`features: the backbone gave values that are not finite in the batch from image ${from}. Are the weights right?`);
}

/** Names the function that a model computes: its layers' settings and weights. */
export function fingerprint(model: tf.LayersModel): string {
  const hash = createHash('sha256');
  for (const layer of model.layers) {
    const { name: _, trainable: __, ...config } = layer.getConfig() as Record<string, unknown>;
    const settings = Object.fromEntries(Object.entries(config).filter(([key]) => !/Initializer|Regularizer|Constraint/.test(key)));
    hash.update(JSON.stringify([layer.getClassName(), settings]));
    for (const weight of layer.getWeights()) {
      const values = weight.dataSync();
      hash.update(JSON.stringify(weight.shape)).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }
  return hash.digest('hex');
}
