import { type Interpolation, SHAPES } from './interpolation.ts';

/** What fills the area outside a picture (scipy.ndimage's modes, which Keras' ImageDataGenerator uses). */
export const FILL_MODES = ['nearest', 'constant', 'reflect', 'wrap'] as const;
export type FillMode = (typeof FILL_MODES)[number];

/** [a, b, c, d, e, f]: output row r, column c → input row a·r + b·c + c, column d·r + e·c + f. */
export type Affine = readonly [number, number, number, number, number, number];

/** Interpolations that can be evaluated anywhere, unlike `area` and `nearest` of {@link Interpolation}. */
export const WARP_INTERPOLATIONS = [
  'bilinear',
  'bicubic',
  'bicubic-keys',
  'lanczos3',
] as const satisfies readonly Interpolation[];
export type WarpInterpolation = (typeof WARP_INTERPOLATIONS)[number];

/**
 * Draws one picture through an affine map in one resampling: each output pixel is looked up where the map points.
 * With `bilinear` this is scipy.ndimage.affine_transform(…, order=1), which Keras' apply_affine_transform calls.
 * @param pixels [H, W, 3] uint8
 * @param map the map from output to input pixels
 * @param options.to height and width of the result @default the picture's
 * @param options.cval the level outside, for `constant`
 * @returns [to, to, 3] float32, not rounded, not clipped
 */
export function warp(
  pixels: Uint8Array,
  [height, width]: readonly [number, number],
  map: Affine,
  {
    interpolation = 'bilinear',
    fillMode = 'nearest',
    cval = 0,
    to = [height, width],
  }: {
    readonly interpolation?: WarpInterpolation;
    readonly fillMode?: FillMode;
    readonly cval?: number;
    readonly to?: readonly [number, number];
  } = {},
): Float32Array {
  const [rows, columns] = to;
  const out = new Float32Array(rows * columns * 3);
  const { radius, weight } = SHAPES[interpolation];
  const taps = 2 * radius;
  const [wr, wc] = [new Float64Array(taps), new Float64Array(taps)];
  const [ir, ic] = [new Int32Array(taps), new Int32Array(taps)];
  for (let r = 0, o = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, o += 3) {
      let y = map[0] * r + map[1] * c + map[2];
      let x = map[3] * r + map[4] * c + map[5];
      if (fillMode === 'constant' && (y < 0 || y > height - 1 || x < 0 || x > width - 1)) {
        out.fill(cval, o, o + 3);
        continue;
      }
      if (fillMode === 'wrap') [y, x] = [wrapped(y, height), wrapped(x, width)];
      const [fy, fx] = [Math.floor(y) - radius + 1, Math.floor(x) - radius + 1];
      let [sumR, sumC] = [0, 0];
      for (let t = 0; t < taps; t++) {
        sumR += wr[t] = weight(fy + t - y);
        sumC += wc[t] = weight(fx + t - x);
        ir[t] = inside(fy + t, height, fillMode) * width;
        ic[t] = inside(fx + t, width, fillMode);
      }
      for (let a = 0; a < taps; a++) {
        if (!wr[a]) continue;
        for (let b = 0; b < taps; b++) {
          const share = (wr[a] * wc[b]) / (sumR * sumC);
          const at = 3 * (ir[a] + ic[b]);
          out[o] += share * pixels[at];
          out[o + 1] += share * pixels[at + 1];
          out[o + 2] += share * pixels[at + 2];
        }
      }
    }
  }
  return out;
}

/** Gives the pixel inside that stands for one outside. */
function inside(i: number, size: number, mode: FillMode): number {
  if (i >= 0 && i < size) return i;
  if (mode === 'reflect') {
    // d c b a | a b c d | d c b a
    const period = 2 * size;
    const at = ((i % period) + period) % period;
    return at < size ? at : period - 1 - at;
  }
  return i < 0 ? 0 : size - 1;
}

/** Wraps as scipy's `wrap`: the first and the last pixel are the same place. */
function wrapped(x: number, size: number): number {
  const period = size - 1;
  if (x < 0) return x + period * (Math.trunc(-x / period) + 1);
  return x > period ? x - period * Math.trunc(x / period) : x;
}
