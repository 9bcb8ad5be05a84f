import { rmSync } from 'node:fs';
import path from 'node:path';
import { type Dataset, take } from '../../data/dataset.ts';
import { extractFeatures } from '../../features/extract.ts';
import { AHEAD } from '../../features/compute.ts';
import { type Backbone, withBfloat16 } from '../../models/backbone.ts';
import { openvinoFault } from '../../openvino.mjs';
import { bfloat16Obstacle } from '../../runtime/precision.ts';
import { type EngineName, openBackbone } from '../../runtime/running.ts';

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

const precisionOf = ({ int8, bfloat16 }: Backbone): Contestant['precision'] =>
  int8 ? 'int8' : bfloat16 ? 'bfloat16' : 'float32';

/** Runs `extractFeatures` in full, from bytes to features on disk with checksums; opening the session is left out. */
export function graft(backbone: Backbone, images: Dataset, folder: string): Contestant {
  const precision = backbone.int8 ? 'int8' : 'float32';
  return {
    name: `Graft ${precision}`,
    precision,
    async run(n) {
      const cache = path.join(folder, precision);
      const marks: { readonly done: number; readonly at: number }[] = [];
      const features = await extractFeatures(backbone, take(images, n + BATCH), {
        precision,
        engine: 'onnx', // a race within would be timed
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
export const bareOnnx = (backbone: Backbone, images: Dataset, threads?: number): Promise<Contestant> =>
  bare('onnx', backbone, images, { threads });

/**
 * Runs OpenVINO by Graft's engine in each precision that it has here, with as many batches in flight as extraction has;
 * none without its library.
 */
export function bareOpenVino(backbone: Backbone, images: Dataset): Promise<Contestant[]> {
  const rounds = !backbone.int8 && !bfloat16Obstacle(backbone);
  const forms = [backbone, ...(rounds ? [withBfloat16(backbone, { agreement: 0 })] : [])];
  return Promise.all(openvinoFault() ? [] : forms.map((form) => bare('openvino', form, images, { inFlight: AHEAD })));
}

async function bare(
  engine: EngineName,
  backbone: Backbone,
  images: Dataset,
  { threads, inFlight = 1 }: { readonly threads?: number; readonly inFlight?: number },
): Promise<Contestant> {
  const precision = precisionOf(backbone);
  const running = await openBackbone(backbone, { engine, imageSize: images.imageSize, threads });
  return {
    name: `${engine === 'onnx' ? 'ONNX Runtime' : 'OpenVINO in Graft'} ${precision}`,
    precision,
    async run(n) {
      const pixels = await images.read(0, n);
      const bytes = pixels.length / n;
      const begin = performance.now();
      let next = 0;
      const runner = async (): Promise<void> => {
        for (let i = next; i < n; i = next) {
          next = i + BATCH;
          await running.run(pixels.subarray(i * bytes, next * bytes), BATCH);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, runner));
      return (performance.now() - begin) / 1000;
    },
    close: () => running.close(),
  };
}
