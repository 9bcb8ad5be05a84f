import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { makeFolder } from '../storage/replace-file.ts';
import { hashOf, readSealed, writeSealed } from '../storage/sealed-json.ts';
import { type EngineOptions, openEngine, openSession } from './engine.ts';
import { backboneToOnnx } from '../onnx/graph.ts';
import type { Ranges } from '../onnx/int8.ts';

/** What an 8-bit backbone rests on. */
export interface Calibration {
  readonly ranges: Ranges;
  /** Mean cosine of int8 and float32 features on held-out images, 0..1. */
  readonly agreement: number;
  /** Images that the ranges come from, and images that the agreement was measured on. */
  readonly images: readonly [calibrated: number, heldOut: number];
}

/** Below this agreement `precision: 'auto'` stays with float32. */
export const MIN_AGREEMENT = 0.995;
const HELD_OUT = 16;
/** Training images that an int8 backbone is calibrated with (32) and checked on (16), where nothing else is said. */
export const CALIBRATION = 48;

/**
 * Measures the range of each layer's output (after a ReLU the smallest value is 0) and how well 8 bits then agree with
 * float32. The result is kept on disk.
 * @param backbone a network
 * @param images from the training set, 32 or more; the last 16 are held out to measure the agreement
 * @param options.fingerprint names the backbone
 * @param options.cache where calibrations are kept
 * @param options.percentile the range ends at this percentile of all values of a layer, 99 to 100; what is larger becomes
 * the largest. 100 is min/max calibration. @default 100
 */
export async function calibrate(
  backbone: tf.LayersModel,
  images: Images,
  {
    fingerprint,
    cache,
    percentile = 100,
    ...options
  }: Omit<EngineOptions, 'int8' | 'imageSize'> & { readonly fingerprint: string; readonly cache: string; readonly percentile?: number },
): Promise<Calibration> {
  const [n, height, width] = images.shape;
  if (n < 2 * HELD_OUT) throw new RangeError(`calibration: expected ${2 * HELD_OUT} images or more, the last ${HELD_OUT} to check with; got ${n}.`);
  if (!(percentile >= 99 && percentile <= 100)) throw new RangeError(`calibrationPercentile: expected a number from 99 to 100; got ${percentile}.`);
  const key = hashOf({
    version: 1,
    ...(percentile < 100 && { percentile }),
    fingerprint,
    images: images.hash,
    kernel: options.kernel,
    preprocess: options.preprocess,
  });
  const file = path.join(cache, 'calibration', `${key.slice(0, 24)}.json`);
  const kept = read(file, key);
  if (kept) return kept;

  const imageSize = [height, width] as const;
  const image = (i: number): Uint8Array => images.pixels.subarray(i * height * width * 3, (i + 1) * height * width * 3);
  // the percentile of all values is the k-th largest; an image may hold all k
  const calibrated = n - HELD_OUT;
  const rank = (values: number): number => Math.floor((1 - percentile / 100) * values * calibrated) + 1;
  const largest = (values: number): number => Math.min(values, rank(values));
  const session = await openSession({ ...options, imageSize }, (write) => backboneToOnnx(backbone, { ...options, imageSize, largest }, write));
  const seen: Record<string, Float32Array> = {};
  for (let i = 0; i < calibrated; i++) {
    const { features: _, ...outputs } = await session.run(image(i), 1);
    for (const [output, values] of Object.entries(outputs)) {
      const layer = output.slice('largest/'.length);
      const both = Float32Array.from([...(seen[layer] ?? []), ...values]).sort().reverse(); // prettier-ignore
      seen[layer] = both.subarray(0, rank(sizeOf(backbone, layer)));
    }
  }
  const ranges: Ranges = Object.fromEntries(Object.entries(seen).map(([layer, values]) => [layer, values.at(-1)!]));
  const float: Float32Array[] = [];
  for (let i = calibrated; i < n; i++) float.push((await session.run(image(i), 1)).features);
  await session.release();

  const engine = await openEngine('onnx', backbone, { ...options, imageSize, int8: ranges });
  const cosines: number[] = [];
  for (let i = calibrated; i < n; i++) cosines.push(...rowCosines(float[i - calibrated], await engine.run(image(i), 1), 1));
  await engine.release();
  const calibration: Calibration = { ranges, agreement: cosines.reduce((a, b) => a + b, 0) / HELD_OUT, images: [n - HELD_OUT, HELD_OUT] };
  makeFolder(path.dirname(file));
  writeSealed(file, { key, ...calibration });
  return calibration;
}

/** Values of a layer's output for one image. */
const sizeOf = (backbone: tf.LayersModel, layer: string): number => (backbone.getLayer(layer).outputShape as number[]).slice(1).reduce((a, b) => a * b, 1);

/** A calibration kept on disk; a damaged one counts as none. */
function read(file: string, key: string): Calibration | undefined {
  try {
    const { key: found, ...calibration } = readSealed<Calibration & { key: string }>(file);
    return found === key ? calibration : undefined;
  } catch {
    return undefined;
  }
}

/** The cosine of each row of a with the same row of b. */
export function rowCosines(a: Float32Array, b: Float32Array, rows: number): number[] {
  const length = a.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = row * length; i < (row + 1) * length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb || 1);
  });
}

/**
 * Whether the CPU multiplies 8-bit numbers without overflow in between: VNNI on x86, the dot product on ARM. Older CPUs
 * saturate 16-bit sums of uint8 × int8, which gives wrong features.
 */
export function hasInt8Instructions(): boolean {
  if (process.platform === 'darwin') return os.arch() === 'arm64';
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    return /\b(avx512_vnni|avx_vnni|asimddp)\b/.test(flags);
  } catch {
    return false;
  }
}
