import { wholeLevel } from './level.ts';
import { type Interpolation, resampleMatrix, roundsBetween } from './interpolation.ts';

/** The options of {@link resample}. */
export interface ResampleOptions {
  /** Height and width of the result, in pixels. */
  readonly size: number;
  /** @default 'bicubic' */
  readonly interpolation?: Interpolation;
}

/**
 * Resamples one picture to a square in plain JavaScript, bit for bit as `upscale` does on TensorFlow's CPU device, for
 * pictures that are drawn and not fed to a network.
 * @param pixels [H, W, 3] uint8
 * @param imageSize H, W
 * @returns [size, size, 3] uint8
 * @throws RangeError naming the interpolations, or the sizes
 */
export function resample(
  pixels: Uint8Array,
  [height, width]: readonly [height: number, width: number],
  { size, interpolation = 'bicubic' }: ResampleOptions,
): Uint8Array {
  if (pixels.length !== height * width * 3)
    throw new RangeError(
      `resample: expected ${height * width * 3} pixel bytes for ${height}×${width}×3; got ${pixels.length}.`,
    );
  const wide = across(pixels, [height, width, 3], size, interpolation);
  const both = down(roundsBetween(interpolation) ? wide.map(wholeLevel) : wide, [height, size, 3], size, interpolation);
  return Uint8Array.from(both, wholeLevel);
}

/**
 * Resamples a map of numbers, such as a class activation, without rounding.
 * @param map [H, W] float32
 * @param mapSize H, W
 * @returns [size, size] float32
 */
export function resampleMap(
  map: Float32Array,
  [height, width]: readonly [height: number, width: number],
  { size, interpolation = 'bilinear' }: ResampleOptions,
): Float32Array {
  return down(across(map, [height, width, 1], size, interpolation), [height, size, 1], size, interpolation);
}

type Shape = readonly [height: number, width: number, channels: number];

/** Computes X · Rᵀ: [H, W, C] → [H, size, C]. */
function across(
  x: ArrayLike<number>,
  [h, w, channels]: Shape,
  size: number,
  interpolation: Interpolation,
): Float32Array {
  const matrix = resampleMatrix(w, size, interpolation);
  const out = new Float32Array(h * size * channels);
  for (let row = 0, at = 0; row < h; row++) {
    for (let j = 0; j < size; j++) {
      for (let c = 0; c < channels; c++, at++) out[at] = product(matrix, j * w, w, x, row * w * channels + c, channels);
    }
  }
  return out;
}

/** Computes R · X: [H, W, C] → [size, W, C]. */
function down(x: ArrayLike<number>, [h, w, channels]: Shape, size: number, interpolation: Interpolation): Float32Array {
  const matrix = resampleMatrix(h, size, interpolation);
  const out = new Float32Array(size * w * channels);
  const step = w * channels;
  for (let i = 0, at = 0; i < size; i++) {
    for (let column = 0; column < step; column++, at++) out[at] = product(matrix, i * h, h, x, column, step);
  }
  return out;
}

/**
 * Multiplies a row of the matrix with pixels that lie `step` apart. Each sum is rounded to float32 after adding an
 * exact product, as a CPU's fused multiply-add does; then ties, which averages of two levels often are, are rounded
 * alike.
 */
function product(
  matrix: Float32Array,
  row: number,
  n: number,
  x: ArrayLike<number>,
  from: number,
  step: number,
): number {
  let sum = 0;
  for (let k = 0; k < n; k++) {
    const weight = matrix[row + k];
    if (weight) sum = Math.fround(sum + weight * x[from + k * step]);
  }
  return sum;
}
