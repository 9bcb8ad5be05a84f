import type { Dataset } from '../data/dataset.ts';
import type { Backbone } from '../models/backbone.ts';
import { type EngineName, chooseEngine, openBackbone } from './running.ts';

/** Images a batch, batches to warm up, and batches that are timed. */
const [BATCH, WARM, TIMED] = [8, 1, 4];

/**
 * How long a backbone takes for an image on this machine; nothing is kept.
 * @param images 8 or more
 * @returns seconds, the median of four batches of 8
 */
export async function secondsPerImage(
  backbone: Backbone,
  images: Dataset,
  { engine = 'auto', signal }: { readonly engine?: EngineName | 'auto'; readonly signal?: AbortSignal } = {},
): Promise<number> {
  if (images.n < BATCH) throw new RangeError(`secondsPerImage: expected ${BATCH} images or more; got ${images.n}.`);
  const running = await openBackbone(backbone, { engine: await chooseEngine(engine), imageSize: images.imageSize });
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
