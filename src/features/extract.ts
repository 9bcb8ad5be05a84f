import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { type ProgressOption, progressOf } from '../host/progress.ts';
import { type Backbone, backboneOf, type BackboneInput } from '../models/backbone.ts';
import { dataFolder, shortPath } from '../project.ts';
import { atEngine } from '../runtime/fastest.ts';
import type { ChosenPrecision, Precision } from '../runtime/precision.ts';
import { chooseEngine, type EngineName, onGpu } from '../runtime/running.ts';
import { OPTIONS } from '../options/options.mjs';
import { isUri } from '../storage/places/place.ts';
import { noteUse, openRowSet, versionsOf, type WantedDtype } from '../storage/rows/row-set.ts';
import { mixedVersions } from '../storage/rows/versions.ts';
import { openRowMirror } from '../storage/rows/row-mirror.ts';
import { atPlace } from './at-place.ts';
import type { Features } from './features.ts';
import { fill, missingFrom, type Extraction } from './fill.ts';
import { inOtherPrecision } from './other-precision.ts';
import { setName } from './set.ts';
import { storedFeatures } from './stored.ts';

export interface ExtractOptions extends Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>> {
  /**
   * What runs the backbone. `auto`: TensorFlow on a GPU if there is one; else ONNX Runtime, or OpenVINO if a short
   * race on this machine has shown it to be faster (`graft engines`). Features that are kept are used, whichever of the
   * two computed them. @default 'auto'
   */
  readonly engine?: EngineName | 'auto';
  /**
   * Precision of the backbone: `float32`; `int8`, four times as fast on a CPU with VNNI; `bfloat16`, for OpenVINO;
   * `auto`: int8 if the CPU has it, no GPU does the work and it agrees with float32 to 0.995; else bfloat16, if the CPU
   * has AMX, OpenVINO is faster in it and it agrees as well; else float32. For int8 it is calibrated once, on the first
   * 48 of the images at hand. @default 'auto'
   */
  readonly precision?: Precision | 'auto';
  /** For int8: training images to calibrate on, if others are extracted. @default the images at hand */
  readonly calibration?: Dataset;
  /**
   * For int8: the percentile of a layer's activations on the calibration images at which its range ends, 99 to 100.
   * @default 100
   */
  readonly calibrationPercentile?: number;
  /**
   * What features are kept as. `auto`: float16, half as large, if it keeps every image's features to a cosine of
   * 0.9999, else float32; features that are already there are used, whatever they are kept as. @default 'auto'
   */
  readonly dtype?: WantedDtype;
  /** Images in a batch. @default 8; on a GPU 128, or as many as its memory holds */
  readonly batchSize?: number;
  /** Where features are kept: a folder or `s3://bucket/prefix`. @default `data/features` */
  readonly cache?: string;
  /** A bar of its own in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the run after the batch in flight; what is done is kept. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Runs a backbone once over a data set; its outputs are the features. Each picture's features are kept on disk under
 * the picture's content and everything that was done to it, so whatever the order, the subset or the seed, a picture is
 * computed once.
 * @param backbone `splitModel(model).backbone`, a frozen model [n, S, S, 3] → [n, …], or `await onnxBackbone(file, …)`
 * @param images a data set, or several by name
 * @returns the features [N, …], on disk; memory is bounded by the batch whatever N is
 * @throws the signal's reason when aborted; what is done is kept
 * @example
 * const { train, test } = await extractFeatures(base, images, { precision: 'float32' });
 */
export async function extractFeatures(
  backbone: tf.LayersModel | Backbone,
  images: Dataset,
  options?: ExtractOptions,
): Promise<Features>;
export async function extractFeatures<S extends object>(
  backbone: tf.LayersModel | Backbone,
  images: S,
  options?: ExtractOptions,
): Promise<{
  [K in keyof S as S[K] extends Dataset | undefined ? K : never]: S[K] extends Dataset
    ? Features
    : Features | undefined;
}>;
export async function extractFeatures(
  given: tf.LayersModel | Backbone,
  some: object,
  options: ExtractOptions = {},
): Promise<object> {
  const images = isDataset(some) ? some : dataSetsIn(some);
  const plan = await decide(given, options.calibration ?? (isDataset(images) ? images : firstOf(images)), options);
  if (isDataset(images)) return extractOne(plan, images);
  const all = new Map<string, Features>();
  for (const [name, one] of Object.entries(images)) all.set(name, await extractOne(plan, one));
  return Object.fromEntries(all);
}

/** Counts the images whose features are not kept on this machine; nothing is computed. */
export async function countMissing(
  backbone: tf.LayersModel | Backbone,
  images: Dataset,
  options: ExtractOptions = {},
): Promise<number> {
  const { backbone: own, folder, dtype } = await decide(backbone, options.calibration ?? images, options);
  const { index } = openRowSet(folder, own.outputShape, dtype);
  return missingFrom(index.find(asNetworkTakes(images, own.input).keys)).length;
}

const isDataset = (images: unknown): images is Dataset => (images as Dataset | undefined)?.kind === 'dataset';

/** Picks the data sets among named things; what stands beside them does not concern a backbone. */
const dataSetsIn = (named: object): Record<string, Dataset> =>
  Object.fromEntries(Object.entries(named).filter((entry): entry is [string, Dataset] => isDataset(entry[1])));

/** Picks the images that a backbone is calibrated on: the training images, if they are named. */
function firstOf(images: Readonly<Record<string, Dataset>>): Dataset {
  const first = images.train ?? Object.values(images)[0];
  if (!first) throw new RangeError('extractFeatures: expected one data set or more; got none.');
  return first;
}

/**
 * Decides everything that is decided before the first image: engine, precision, batch size.
 * @param images images to calibrate 8 bits on
 */
export async function decide(
  given: tf.LayersModel | Backbone,
  images: Dataset,
  options: ExtractOptions,
): Promise<Extraction> {
  const {
    dtype = 'auto',
    cache: place = path.join(dataFolder(), 'features'),
    calibrationPercentile: percentile,
    progress,
  } = options;
  const signal = options.signal ?? cellSignal();
  checkOptions('extractFeatures', { batchSize: options.batchSize, calibrationPercentile: percentile });
  const whole = backboneOf(given, options);
  const usual = await chooseEngine(options.engine, whole);
  const { batchSize = (await onGpu(usual)) ? 128 : 8 } = options;
  if (!OPTIONS.dtype.choices.includes(dtype))
    throw new RangeError(`dtype: expected one of ${OPTIONS.dtype.choices.join(', ')}; got "${dtype}".`);
  const bar = progressOf(progress);
  const onImage = (done: number, total: number): void =>
    bar?.({ label: `calibrating ${whole.network} in 8 bits`, done, total });
  const mirror = isUri(place) ? await openRowMirror(place) : undefined;
  const cache = mirror?.root ?? place;
  await mirror?.bringFiles('calibration/');
  const taken = asNetworkTakes(images, whole.input);
  const how = { precision: options.precision, cache, percentile, signal, onImage };
  const keeps = async ({ backbone }: ChosenPrecision): Promise<boolean> => {
    const set = setName(backbone, usual);
    const rows = openRowSet(path.join(cache, set), backbone.outputShape, dtype).index.find(taken.keys);
    const here = rows.length - missingFrom(rows).length;
    const there = (await mirror?.countRows(set, backbone.outputShape, taken.keys)) ?? 0;
    return Math.max(here, there) * 2 >= taken.n;
  };
  const onTurn = (done: number, total: number): void =>
    bar?.({ label: 'racing OpenVINO and ONNX Runtime', of: whole.network, done, total, unit: 'turns' });
  const chosen = await atEngine(whole, taken, { ...how, asked: options.engine, usual, keeps, onTurn });
  await mirror?.sendFiles('calibration/');
  const { backbone, engine, text: precisionText } = chosen;
  const folder = path.join(cache, setName(backbone, engine));
  return { backbone, engine, batchSize, dtype, folder, mirror, precisionText, signal, progress };
}

function extractOne(plan: Extraction, given: Dataset): Promise<Features> {
  const images = asNetworkTakes(given, plan.backbone.input);
  return atPlace(plan, images, () => extractHere(plan, images));
}

async function extractHere(plan: Extraction, images: Dataset): Promise<Features> {
  const { backbone, dtype, folder, precisionText } = plan;
  const started = performance.now();
  const bar = progressOf(plan.progress);
  const what = { label: `${backbone.network} to ${backbone.cut}`, of: `${precisionText}, ${images.name}` };
  let set = openRowSet(folder, backbone.outputShape, dtype);
  let rows = set.index.find(images.keys);
  let missing = missingFrom(rows);
  const cached = images.n - missing.length;
  let engine = `${plan.engine}, ${precisionText}, found on disk`;
  let peakMemoryMiB = 0;
  const other = missing.length ? await inOtherPrecision(plan, images.keysAt(missing)) : undefined;
  const onProgress = (done: number, damage?: string): void =>
    bar?.({ ...what, done, total: images.n, cached, note: [damage, other].filter(Boolean).join('; ') || undefined });
  onProgress(cached);
  if (missing.length || set.damaged.length || set.suspects) {
    const computed = await fill(plan, set, images, onProgress).catch((error: unknown) => {
      if (missing.length || plan.signal?.aborted) throw error;
      return undefined; // another user's folder, for example: what could be mended in it is not needed here
    });
    if (computed) {
      engine = `${computed.description}, ${precisionText}`;
      peakMemoryMiB = computed.peakMemoryMiB;
    }
    set = openRowSet(folder, backbone.outputShape, dtype);
    rows = set.index.find(images.keys);
    missing = missingFrom(rows);
    if (missing.length)
      throw new Error(`${shortPath(folder)}: ${missing.length} of ${images.n} rows that were written are not there.`);
  }
  noteUse(folder);
  const mixed = mixedVersions(versionsOf(set, rows));
  if (mixed) engine += `; ${mixed}`;
  const seconds = (performance.now() - started) / 1000;
  return storedFeatures(plan, set, rows, images, { engine, cached, seconds, peakMemoryMiB });
}
