import { rmSync } from 'node:fs';
import path from 'node:path';
import { type Dataset, take } from '../../data/dataset.ts';
import { extractFeatures } from '../../features/extract.ts';
import { AHEAD } from '../../features/compute.ts';
import type { Backbone } from '../../models/backbone.ts';
import { openBackbone } from '../../runtime/running.ts';

export const BATCH = 8;

/** Something that runs a backbone. */
export interface Contestant {
  readonly name: string;
  readonly precision: 'float32' | 'int8' | 'bfloat16';
  /** @param n images, a multiple of the batch @returns seconds */
  run(n: number): Promise<number>;
  /** GFLOP/s of a large matrix product in this precision; 0 if it has none to measure. */
  matmul?(size: number): Promise<number>;
  close(): Promise<void> | void;
}

const precisionOf = ({ int8 }: Backbone): 'int8' | 'float32' => (int8 ? 'int8' : 'float32');

/** Runs `extractFeatures` in full, from bytes to features on disk with checksums; opening the session is left out. */
export function graft(backbone: Backbone, images: Dataset, folder: string): Contestant {
  const precision = precisionOf(backbone);
  return {
    name: `Graft ${precision}`,
    precision,
    async run(n) {
      const cache = path.join(folder, precision);
      const marks: { readonly done: number; readonly at: number }[] = [];
      const features = await extractFeatures(backbone, take(images, n + BATCH), {
        precision,
        calibration: images, // enough images, though its ranges are known
        cache,
        batchSize: BATCH,
        progress({ done }) {
          if (done && done !== marks.at(-1)?.done) marks.push({ done, at: performance.now() });
        },
      });
      const ended = performance.now();
      features.close();
      rmSync(cache, { recursive: true });
      // from the first batch, when the session is open, to the last that has as many in flight as then
      const [first, second, ...more] = marks;
      const full = more.findLast(({ done }) => done <= n + BATCH - AHEAD * BATCH) ?? second;
      const each = (full.at - first.at) / (full.done - first.done);
      return (each * n + ended - marks.at(-1)!.at) / 1000;
    },
    close() {},
  };
}

/** Runs ONNX Runtime alone on the very graph that Graft runs: a loop that drops its results. */
export async function bareOnnx(backbone: Backbone, images: Dataset, threads?: number): Promise<Contestant> {
  const precision = precisionOf(backbone);
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize: images.imageSize, threads });
  return {
    name: `ONNX Runtime ${precision}`,
    precision,
    async run(n) {
      const pixels = await images.read(0, n);
      const bytes = pixels.length / n;
      const begin = performance.now();
      for (let i = 0; i < n; i += BATCH) await running.run(pixels.subarray(i * bytes, (i + BATCH) * bytes), BATCH);
      return (performance.now() - begin) / 1000;
    },
    close: () => running.close(),
  };
}
