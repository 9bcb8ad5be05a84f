import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { type Backbone, backboneOf, type BackboneInput, inFloat32, rangesHash } from '../models/backbone.ts';
import { dataFolder, shortPath } from '../project.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { atPrecision, type Precision } from '../runtime/precision.ts';
import { chooseEngine, type EngineName, onGpu, type RunningBackbone } from '../runtime/running.ts';
import { float16Agreement, toFloat16 } from '../storage/float16.ts';
import { hashOf, sha256 } from '../storage/hash.ts';
import { KEY_BYTES } from '../storage/keys.ts';
import { lock } from '../storage/lock.ts';
import { DTYPES } from '../storage/npy.ts';
import { removeLeftovers } from '../storage/put.ts';
import { makeRowSet, noteUse, openReader, openRowSet, type RowReader, type RowSet, type WantedDtype } from '../storage/row-set.ts';
import { mendPieces, openWriter, reopen } from '../storage/row-writer.ts';
import { checkPlace, createFeatures, type FeatureOrigin, type Features } from './features.ts';

export interface ExtractOptions extends Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>> {
  /** @default 'auto': TensorFlow on a GPU where there is one, else ONNX Runtime */
  readonly engine?: EngineName | 'auto';
  /**
   * Of the backbone: `float32`; `int8`, four times as fast on a CPU with VNNI; `auto`: int8 where the CPU has it, no GPU
   * does the work and it agrees with float32 to 0.995, else float32. For int8 it is calibrated once, on the first 48 of
   * the images at hand. @default 'auto'
   */
  readonly precision?: Precision | 'auto';
  /** For int8: training images to calibrate on, where other ones are extracted. @default the images at hand */
  readonly calibration?: Dataset;
  /** For int8: where a layer's range of activations ends, 99 to 100 % of its values on the calibration images. @default 100 */
  readonly calibrationPercentile?: number;
  /**
   * What features are kept as. `auto`: float16, half as large, where it keeps every image's features to a cosine of
   * 0.9999, else float32; features that are there count, whatever they are kept as. @default 'auto'
   */
  readonly dtype?: WantedDtype;
  /** Images a batch. @default 8; on a GPU 128, or as many as its memory holds */
  readonly batchSize?: number;
  /** Where features are kept. @default `data/features` */
  readonly cache?: string;
  /** A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the run after the batch in flight; what is done is kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Runs a backbone once over a data set; its outputs are the features. Each picture's are kept on disk under the picture's
 * content and everything that was done to it, so whatever the order, the subset or the seed, a picture is computed once.
 * @param backbone `split(model).backbone`, or a frozen model [n, S, S, 3] → [n, …]
 * @param images a data set, or several by name
 * @returns the features [N, …], on disk; memory is bounded by the batch whatever N is
 * @throws the signal's reason when aborted; what is done is kept
 */
export async function extractFeatures(backbone: tf.LayersModel | Backbone, images: Dataset, options?: ExtractOptions): Promise<Features>;
export async function extractFeatures<S extends { readonly [K in keyof S]: Dataset | undefined }>(
  backbone: tf.LayersModel | Backbone,
  images: S,
  options?: ExtractOptions,
): Promise<{ [K in keyof S]: S[K] extends Dataset ? Features : Features | undefined }>;
export async function extractFeatures(
  given: tf.LayersModel | Backbone,
  images: Dataset | Readonly<Record<string, Dataset | undefined>>,
  options: ExtractOptions = {},
): Promise<Features | Record<string, Features | undefined>> {
  const plan = await makePlan(given, options.calibration ?? (isDataset(images) ? images : firstOf(images)), options);
  if (isDataset(images)) return extractOne(plan, images);
  const all: Record<string, Features | undefined> = {};
  for (const [name, some] of Object.entries(images)) if (some) all[name] = await extractOne(plan, some);
  return all;
}

const isDataset = (images: Dataset | Readonly<Record<string, Dataset | undefined>>): images is Dataset => images.kind === 'dataset';

/** What a backbone is calibrated on: the training images, where they are named. */
function firstOf(images: Readonly<Record<string, Dataset | undefined>>): Dataset {
  const first = images.train ?? Object.values(images).find(Boolean);
  if (!first) throw new RangeError('extractFeatures: expected one data set or more; got none.');
  return first;
}

/** Everything that is decided before the first image. */
interface Plan {
  readonly backbone: Backbone;
  readonly engine: EngineName;
  readonly batchSize: number;
  readonly dtype: WantedDtype;
  readonly folder: string;
  readonly precisionText: string;
  readonly signal: AbortSignal | undefined;
  readonly progress: ProgressOption | undefined;
}

async function makePlan(given: tf.LayersModel | Backbone, images: Dataset, options: ExtractOptions): Promise<Plan> {
  const { dtype = 'auto', cache = path.join(dataFolder(), 'features'), calibrationPercentile: percentile, progress } = options;
  const signal = options.signal ?? cellSignal();
  const engine = await chooseEngine(options.engine);
  const { batchSize = (await onGpu(engine)) ? 128 : 8 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`batchSize: expected a whole number from 1; got ${batchSize}.`);
  if (![...DTYPES, 'auto'].includes(dtype)) throw new RangeError(`dtype: expected one of auto, ${DTYPES.join(', ')}; got "${dtype}".`);
  const whole = backboneOf(given, options);
  const bar = progressOf(progress);
  const onImage = (done: number, total: number): void => bar?.({ label: `calibrating ${whole.network} in 8 bits`, done, total });
  const chosen = await atPrecision(whole, images, { precision: options.precision, engine, cache, percentile, signal, onImage });
  const { backbone, text: precisionText } = chosen;
  const folder = path.join(cache, hashOf([backbone.id, engine]).slice(0, 24));
  return { backbone, engine, batchSize, dtype, folder, precisionText, signal, progress };
}

async function extractOne(plan: Plan, images: Dataset): Promise<Features> {
  const { backbone, dtype, folder, precisionText } = plan;
  const started = performance.now();
  const bar = progressOf(plan.progress);
  const label = `${backbone.network} to ${backbone.cut}, ${precisionText}, ${images.name}`;
  let set = openRowSet(folder, backbone.outputShape, dtype);
  let rows = set.index.find(images.keys);
  let missing = missingFrom(rows);
  const cached = images.n - missing.length;
  let engine = `${plan.engine}, ${precisionText}, found on disk`;
  let peakMemoryMiB = 0;
  bar?.({ label, done: cached, total: images.n, cached });
  if (missing.length || set.damaged.length || set.suspects) {
    const onProgress = (done: number, note?: string): void => bar?.({ label, done, total: images.n, cached, note });
    const computed = await fill(plan, set, images, onProgress);
    if (computed) {
      engine = `${computed.description}, ${precisionText}`;
      peakMemoryMiB = computed.peakMemoryMiB;
    }
    set = openRowSet(folder, backbone.outputShape, dtype);
    rows = set.index.find(images.keys);
    missing = missingFrom(rows);
    if (missing.length) throw new Error(`${shortPath(folder)}: ${missing.length} of ${images.n} rows that were written are not there.`);
  }
  noteUse(folder);
  const seconds = (performance.now() - started) / 1000;
  return storedFeatures(plan, set, rows, images, { engine, cached, seconds, peakMemoryMiB });
}

function missingFrom(rows: Int32Array): number[] {
  const missing: number[] = [];
  rows.forEach((row, i) => row < 0 && missing.push(i));
  return missing;
}

/** Computes and keeps what is missing, and says what computed it. Batches are read, computed and written side by side. */
async function fill(
  plan: Plan,
  before: RowSet,
  images: Dataset,
  onProgress: (done: number, note?: string) => void,
): Promise<Pick<RunningBackbone, 'description' | 'peakMemoryMiB'> | undefined> {
  const { backbone, folder, signal, batchSize, engine } = plan;
  const unlock = await claim(plan, before, images, onProgress);
  try {
    removeLeftovers(folder);
    const mended = mendPieces(openRowSet(folder, backbone.outputShape, 'auto'));
    const note = mended.files.length ? `${mended.rows} damaged rows found in ${mended.files.length} files, computed again` : undefined;
    const places = withoutTwins(missingFrom(reopen(before).index.find(images.keys)), images);
    if (!places.length) return undefined; // another process has computed them meanwhile
    let done = images.n - places.length;
    onProgress(done, note);
    const running = withinMemory(await borrowBackbone(backbone, { engine, imageSize: images.imageSize }));
    const writer = openWriter(folder, backbone.outputShape);
    try {
      const batches = chunks(places, batchSize);
      const compute = async (batch: readonly number[]): Promise<Float32Array> => running.run(await images.at(batch), batch.length);
      const started: { readonly batch: readonly number[]; readonly rows: Promise<Float32Array> }[] = [];
      for (let b = 0; b < batches.length;) {
        while (started.length < AHEAD && b + started.length < batches.length && !signal?.aborted) {
          const batch = batches[b + started.length];
          const rows = compute(batch);
          rows.catch(() => {}); // a failure before it comes first; this one is seen when awaited
          started.push({ batch, rows });
        }
        const next = started.shift();
        if (!next) break;
        const rows = await next.rows;
        checkFinite(rows, next.batch[0]);
        writer.write(images.keysAt(next.batch), asKept(rows, plan.dtype, next.batch));
        done += next.batch.length;
        b++;
        onProgress(done, note);
        if (signal?.aborted) break;
      }
    } finally {
      writer.close();
      await running.close();
    }
    signal?.throwIfAborted();
    return { description: running.description, peakMemoryMiB: running.peakMemoryMiB };
  } finally {
    unlock();
  }
}

/** Batches that are read and computed while one is written. */
const AHEAD = 2;

/** Makes the set where it is missing, and waits while another process of this machine computes for it. */
async function claim(
  { folder, backbone, engine, signal }: Plan,
  set: RowSet,
  images: Dataset,
  onProgress: (done: number, note?: string) => void,
): Promise<() => void> {
  let looked = 0;
  try {
    makeRowSet(folder, describeSet(backbone, engine));
    return await lock(path.join(folder, 'lock'), {
      signal,
      onWait(pid) {
        if (performance.now() - looked < WAIT_MS) return;
        looked = performance.now();
        const there = images.n - missingFrom(reopen(set).index.find(images.keys)).length;
        onProgress(there, `process ${pid} is computing for the same features; waiting for it`);
      },
    });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const there = set.index.find(images.keys).filter((row) => row >= 0).length;
    throw new Error(
      `features: ${images.n - there} of the ${images.n} images of ${images.name} have no features in ${shortPath(folder)}, ` +
        `and none can be written there: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Between two looks at what another process has computed. */
const WAIT_MS = 1000;

/** What `manifest.json` says of a set. */
const describeSet = (backbone: Backbone, engine: EngineName): object => ({
  format: 'graft features 2',
  network: backbone.network,
  cut: backbone.cut,
  precision: backbone.int8 ? 'int8' : 'float32',
  engine,
  kernel: backbone.input.interpolation,
  preprocess: backbone.input.preprocess,
  inputSize: backbone.input.size,
  rowShape: backbone.outputShape,
  backbone: backbone.id,
});

/** Each picture once, though it may stand in several places. */
function withoutTwins(places: readonly number[], images: Dataset): number[] {
  const keys = Buffer.from(images.keysAt(places));
  const seen = new Set<string>();
  return places.filter((_, i) => {
    const key = keys.toString('latin1', i * KEY_BYTES, (i + 1) * KEY_BYTES);
    return !seen.has(key) && seen.add(key);
  });
}

const chunks = (places: readonly number[], size: number): (readonly number[])[] =>
  Array.from({ length: Math.ceil(places.length / size) }, (_, i) => places.slice(i * size, (i + 1) * size));

const FLOAT16_AGREEMENT = 0.9999;

/** Rows as they are kept. @throws Error where float16 was asked for and does not hold them */
function asKept(rows: Float32Array, dtype: WantedDtype, batch: readonly number[]): Float32Array | Uint16Array {
  if (dtype === 'float32') return rows;
  const halves = toFloat16(rows);
  if (float16Agreement(rows, halves, batch.length) >= FLOAT16_AGREEMENT) return halves;
  if (dtype === 'auto') return rows;
  throw new Error(
    `features: some values in the batch from image ${batch[0]} are too large or too small for float16. Use { dtype: 'float32' }.`,
  );
}

function checkFinite(rows: Float32Array, from: number): void {
  let sum = 0;
  for (const value of rows) sum += value;
  if (!Number.isFinite(sum))
    throw new Error(`features: the backbone gave values that are not finite in the batch from image ${from}. Are the weights right?`);
}

/** Rows on disk as features; a set that another process has merged in between is opened again, once. */
function storedFeatures(
  { backbone, folder, engine: name }: Plan,
  set: RowSet,
  found: Int32Array,
  images: Dataset,
  facts: Pick<FeatureOrigin, 'engine' | 'cached' | 'seconds' | 'peakMemoryMiB'>,
): Features {
  let [open, places] = [set, found];
  let reader: RowReader | undefined;
  const read = (indices: ArrayLike<number>): Float32Array => (reader ??= openReader(open)).read(Int32Array.from(indices, (i) => places[i]));
  const dtype = dtypesOf(set, found);
  const { input, int8 } = backbone;
  return createFeatures({
    id: sha256(hashOf(['features 2', images.id, backbone.id, name, dtype])),
    name: `${images.name}; ${String(backbone)}`,
    shape: [images.n, ...backbone.outputShape],
    labels: images.labels,
    classNames: images.classNames,
    views: 1,
    origin: {
      data: { name: images.name, n: images.n, id: images.id, imageSize: images.imageSize },
      backbone: {
        id: backbone.id,
        network: backbone.network,
        cut: backbone.cut,
        inputSize: input.size,
        interpolation: input.interpolation,
        preprocess: input.preprocess,
        precision: int8 ? 'int8' : 'float32',
        base: inFloat32(backbone).id,
        ...(int8 && { int8, calibration: rangesHash(int8) }),
        weights: backbone.weights,
      },
      dtype,
      folder,
      ...facts,
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- whoever reads need not know that a disk is fast
    async rows(indices) {
      for (let i = 0; i < indices.length; i++) checkPlace(indices[i], images.n);
      try {
        return read(indices);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        reader?.close();
        reader = undefined;
        open = reopen(set);
        places = open.index.find(images.keys);
        if (missingFrom(places).length) throw new Error(`${shortPath(folder)}: features were removed while they were in use.`, { cause: error });
        return read(indices);
      }
    },
    close() {
      reader?.close();
      reader = undefined;
    },
  });
}

/** What rows are kept as; pieces of float16 come first. */
function dtypesOf({ pieces }: RowSet, rows: Int32Array): string {
  const halves = pieces.reduce((sum, { dtype, n }) => sum + (dtype === 'float16' ? n : 0), 0);
  return [rows.some((row) => row < halves) && 'float16', rows.some((row) => row >= halves) && 'float32'].filter(Boolean).join(' and ');
}
