import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { dataFolder } from '../project.ts';
import { originOf } from '../models/origin.ts';
import { chooseEngine, openEngine } from './engine.ts';
import { type ExtractOptions, fingerprint } from '../features/extract.ts';
import { choosePrecision } from './precision.ts';

/** Images a batch, batches to warm up, and batches that are timed. */
const [BATCH, WARM, TIMED] = [8, 1, 4];

/**
 * How long the backbone takes for an image on this machine, as `extractFeatures` with the same options would run it; nothing is
 * kept.
 * @param images 8 or more
 * @returns seconds, the median of four batches of 8
 */
export async function secondsPerImage(
  backbone: tf.LayersModel,
  images: Images,
  options: Pick<ExtractOptions, 'kernel' | 'preprocess' | 'engine' | 'precision' | 'calibration' | 'cache' | 'signal'> = {},
): Promise<number> {
  const { kernel = 'bicubic', engine = 'auto', cache = path.join(dataFolder(), 'features'), signal } = options;
  const [n, height, width] = images.shape;
  if (n < BATCH) throw new RangeError(`secondsPerImage: expected ${BATCH} images or more; got ${n}.`);
  const preprocess = options.preprocess ?? originOf(backbone)?.preprocess ?? 'none';
  const chosen = engine === 'auto' ? await chooseEngine() : engine;
  const { int8 } = await choosePrecision(backbone, chosen, { ...options, kernel, preprocess, cache, fingerprint: fingerprint(backbone) });
  const running = await openEngine(chosen, backbone, { imageSize: [height, width], kernel, preprocess, int8 });
  const seconds: number[] = [];
  try {
    const some = images.pixels.subarray(0, BATCH * height * width * 3);
    for (let i = 0; i < WARM + TIMED; i++) {
      signal?.throwIfAborted();
      const started = performance.now();
      await running.run(some, BATCH);
      if (i >= WARM) seconds.push((performance.now() - started) / 1000 / BATCH);
    }
  } finally {
    await running.release();
  }
  return (seconds.sort((a, b) => a - b)[TIMED / 2 - 1] + seconds[TIMED / 2]) / 2;
}
