import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { type Backbone, backboneOf, type BackboneInput } from '../models/backbone.ts';
import { median } from '../median.ts';
import { dataFolder } from '../project.ts';
import { atEngine } from './fastest.ts';
import type { PrecisionOptions } from './precision.ts';
import { type EngineName, chooseEngine, openBackbone, type RunningBackbone } from './running.ts';

/** Images per batch; batches per turn to warm up, and batches that are timed; turns, if several backbones take them. */
const [BATCH, WARM, TIMED, TURNS] = [8, 1, 4, 4];

export interface SpeedOptions
  extends Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>>, Pick<PrecisionOptions, 'precision'> {
  /** @default 'auto', as for features */
  readonly engine?: EngineName | 'auto';
  /** Where features and calibrations are kept. @default `data/features` */
  readonly cache?: string;
  /** @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** A backbone that is timed beside others, and what it does with pictures. @default as its own input says */
export interface Timed extends Pick<SpeedOptions, 'precision' | 'interpolation'> {
  readonly model: tf.LayersModel | Backbone;
}

/**
 * Times a backbone on this machine, at work as for `extractFeatures`; no features are kept.
 * @param model `splitModel(model).backbone`, or a frozen model
 * @param images 8 or more
 * @returns seconds an image, the median of four batches of 8
 * @example
 * const seconds = await secondsPerImage(base, images.test);
 */
export async function secondsPerImage(
  model: tf.LayersModel | Backbone,
  images: Dataset,
  { precision, ...options }: SpeedOptions = {},
): Promise<number> {
  return (await secondsInTurns([{ model, precision }], images, { ...options, turns: 1 }))[0];
}

/**
 * Times several backbones in turns, so that a busy moment of the machine affects all alike: only their ratios are
 * compared. Each stays open meanwhile.
 * @param images 8 or more, the same for all, in the size that each takes
 * @param options.turns the number of turns of each @default 4
 * @param options.batches batches that are timed in a turn, after one that is not @default 4
 * @returns seconds an image for each, the median of four batches of 8 in every turn
 * @example
 * const seconds = await secondsInTurns([{ model: base }, { model: base, interpolation: 'area' }], images.test, { turns: 1 });
 */
export async function secondsInTurns(
  models: readonly Timed[],
  images: Dataset,
  {
    turns = TURNS,
    batches = TIMED,
    ...options
  }: Omit<SpeedOptions, 'precision'> & { readonly turns?: number; readonly batches?: number } = {},
): Promise<number[]> {
  checkOptions('secondsInTurns', { turns, batches });
  if (images.n < BATCH) throw new RangeError(`secondsPerImage: expected ${BATCH} images or more; got ${images.n}.`);
  const { cache = path.join(dataFolder(), 'features'), signal = cellSignal() } = options;
  const open: { readonly running: RunningBackbone; readonly some: Uint8Array; readonly seconds: number[] }[] = [];
  try {
    for (const { model, precision, interpolation } of models) {
      const own = backboneOf(model, { ...options, ...(interpolation && { interpolation }) });
      const taken = asNetworkTakes(images, own.input);
      const usual = await chooseEngine(options.engine, own);
      const how = { asked: options.engine, usual, precision, cache, signal, mayRace: false };
      const { backbone, engine } = await atEngine(own, taken, how);
      const running = await openBackbone(backbone, { engine, imageSize: taken.imageSize });
      open.push({ running, some: await taken.read(0, BATCH), seconds: [] });
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const { running, some, seconds } of open) {
        for (let i = 0; i < WARM + batches; i++) {
          signal?.throwIfAborted();
          const started = performance.now();
          await running.run(some, BATCH);
          if (i >= WARM) seconds.push((performance.now() - started) / 1000 / BATCH);
        }
      }
    }
  } finally {
    for (const { running } of open) await running.close();
  }
  return open.map(({ seconds }) => median(seconds));
}
