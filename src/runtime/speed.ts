import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { type Backbone, backboneOf, type BackboneInput } from '../models/backbone.ts';
import { dataFolder } from '../project.ts';
import { atPrecision, type PrecisionOptions } from './precision.ts';
import { type EngineName, chooseEngine, openBackbone } from './running.ts';

/** Images a batch, batches to warm up, and batches that are timed. */
const [BATCH, WARM, TIMED] = [8, 1, 4];

export interface SpeedOptions
  extends Partial<Pick<BackboneInput, 'interpolation' | 'preprocess'>>, Pick<PrecisionOptions, 'precision'> {
  /** @default 'auto': as for features */
  readonly engine?: EngineName | 'auto';
  /** Where features and calibrations are kept. @default `data/features` */
  readonly cache?: string;
  /** @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Times a backbone on this machine, at work as for `extractFeatures`; no features are kept.
 * @param model `split(model).backbone`, or a frozen model
 * @param images 8 or more
 * @returns seconds an image, the median of four batches of 8
 */
export async function secondsPerImage(
  model: tf.LayersModel | Backbone,
  images: Dataset,
  options: SpeedOptions = {},
): Promise<number> {
  if (images.n < BATCH) throw new RangeError(`secondsPerImage: expected ${BATCH} images or more; got ${images.n}.`);
  const { precision, cache = path.join(dataFolder(), 'features'), signal = cellSignal() } = options;
  const own = backboneOf(model, options);
  const engine = await chooseEngine(options.engine, own);
  const { backbone } = await atPrecision(own, images, { precision, engine, cache, signal });
  const running = await openBackbone(backbone, { engine, imageSize: images.imageSize });
  const seconds: number[] = [];
  try {
    const some = await images.read(0, BATCH);
    for (let i = 0; i < WARM + TIMED; i++) {
      signal?.throwIfAborted();
      const started = performance.now();
      await running.run(some, BATCH);
      if (i >= WARM) seconds.push((performance.now() - started) / 1000 / BATCH);
    }
  } finally {
    await running.close();
  }
  return (seconds.sort((a, b) => a - b)[TIMED / 2 - 1] + seconds[TIMED / 2]) / 2;
}
