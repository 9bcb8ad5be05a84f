import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { type EngineOptions, openEngine, openSession } from './engine.ts';
import { backboneToOnnx } from './onnx.ts';
import type { Ranges } from './onnx-int8.ts';
import { hashOf, replaceFile } from './store.ts';

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
const BATCH = 4;

/**
 * Measures the largest value of each layer's output (min/max calibration: after a ReLU the smallest is 0) and how well
 * 8 bits then agree with float32. The result is kept on disk.
 * @param backbone a network
 * @param images from the training set, 32 or more; the last 16 are held out to measure the agreement
 * @param options.fingerprint names the backbone
 * @param options.cache where calibrations are kept
 */
export async function calibrate(
  backbone: tf.LayersModel,
  images: Images,
  { fingerprint, cache, ...options }: Omit<EngineOptions, 'int8' | 'imageSize'> & { readonly fingerprint: string; readonly cache: string },
): Promise<Calibration> {
  const [n, height, width] = images.shape;
  if (n < 2 * HELD_OUT) throw new RangeError(`calibration: expected ${2 * HELD_OUT} images or more, the last ${HELD_OUT} to check with; got ${n}.`);
  const key = hashOf({ version: 1, fingerprint, images: images.hash, kernel: options.kernel, preprocess: options.preprocess });
  const file = path.join(cache, 'calibration', `${key.slice(0, 24)}.json`);
  const kept = read(file, key);
  if (kept) return kept;

  const imageSize = [height, width] as const;
  const batches = (from: number, to: number): [Uint8Array, number][] =>
    Array.from({ length: Math.ceil((to - from) / BATCH) }, (_, i) => {
      const [start, end] = [from + i * BATCH, Math.min(to, from + (i + 1) * BATCH)];
      return [images.pixels.subarray(start * height * width * 3, end * height * width * 3), end - start];
    });
  const ranges: Record<string, number> = {};
  const float: Float32Array[] = [];
  const session = await openSession({ ...options, imageSize }, (write) => backboneToOnnx(backbone, { ...options, imageSize, ranges: true }, write));
  for (const [pixels, count] of batches(0, n - HELD_OUT)) {
    const { features: _, ...maxima } = await session.run(pixels, count);
    for (const [name, [value]] of Object.entries(maxima)) ranges[name.slice('max/'.length)] = Math.max(ranges[name.slice('max/'.length)] ?? 0, value);
  }
  for (const [pixels, count] of batches(n - HELD_OUT, n)) float.push((await session.run(pixels, count)).features);
  await session.release();

  const engine = await openEngine('onnx', backbone, { ...options, imageSize, int8: ranges });
  const cosines: number[] = [];
  for (const [i, [pixels, count]] of batches(n - HELD_OUT, n).entries()) cosines.push(...rowCosines(float[i], await engine.run(pixels, count), count));
  await engine.release();
  const calibration: Calibration = { ranges, agreement: cosines.reduce((a, b) => a + b, 0) / HELD_OUT, images: [n - HELD_OUT, HELD_OUT] };
  mkdirSync(path.dirname(file), { recursive: true });
  replaceFile(file, `${JSON.stringify({ key, ...calibration, sha256: hashOf(calibration) }, null, 2)}\n`);
  return calibration;
}

/** A calibration kept on disk; a damaged one counts as none. */
function read(file: string, key: string): Calibration | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { key: found, sha256, ...calibration } = JSON.parse(readFileSync(file, 'utf8')) as Calibration & { key: string; sha256: string };
    return found === key && sha256 === hashOf(calibration) ? calibration : undefined;
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
