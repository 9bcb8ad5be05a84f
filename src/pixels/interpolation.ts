import { OPTIONS } from '../options/options.mjs';

/**
 * How a picture is resampled. Each is defined by the function it equals:
 * - `nearest`: Pillow `NEAREST`, OpenCV `INTER_NEAREST_EXACT`
 * - `bilinear`: OpenCV `INTER_LINEAR`
 * - `bilinear-antialias`: Pillow `BILINEAR`, torchvision's bilinear with `antialias`; when enlarging, the same as
 *   `bilinear` but for the rounding
 * - `bicubic`: OpenCV `INTER_CUBIC` (a = −0.75), what the original notebook used
 * - `bicubic-keys`: Pillow `BICUBIC` (a = −0.5; Keys, "Cubic convolution interpolation", 1981)
 * - `lanczos3`: Pillow `LANCZOS`
 * - `area`: OpenCV `INTER_AREA`
 * @example
 * const choices = INTERPOLATIONS.join(', ');
 */
export const INTERPOLATIONS = OPTIONS.interpolation.choices;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/**
 * Whether it rounds in between: Pillow resamples rows, rounds and clips to whole levels, then columns; OpenCV rounds
 * only at the end.
 */
export const roundsBetween = (interpolation: Interpolation): boolean =>
  interpolation === 'bicubic-keys' || interpolation === 'lanczos3' || interpolation === 'bilinear-antialias';

/**
 * Gives the matrix R that resamples one axis: out = R · in. Resampling is separable, so a picture X becomes R · X · Rᵀ
 * with any interpolation. Half-pixel centres; each row sums to 1.
 * @param from pixels before
 * @param to pixels after
 * @returns [to, from] float32, row-major
 * @throws RangeError naming the interpolations, or the sizes
 */
export function resampleMatrix(from: number, to: number, interpolation: Interpolation): Float32Array {
  checkInterpolation(interpolation);
  for (const [name, size] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`${name}: expected a whole number of pixels from 1; got ${size}.`);
  }
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const row = matrix.subarray(i * from, (i + 1) * from);
    for (const [at, weight] of TAPS[interpolation](i, from, to)) row[Math.max(0, Math.min(from - 1, at))] += weight;
  }
  return matrix;
}

/** The pixels that some of an axis' new pixels are computed from: `count` in a row for each, from its start. */
export interface AxisTaps {
  readonly starts: readonly number[];
  readonly count: number;
  /** [starts, count] */
  readonly weights: Float32Array;
}

/**
 * Gives some rows of {@link resampleMatrix}, without their zeros. If the axis shrinks, kernels are widened as Pillow's
 * are, which OpenCV's `bilinear` and `bicubic` are not (`bicubic` is then Pillow's, a = −0.5).
 * @param first the first new pixel
 * @param length how many new pixels
 */
export function resampleTaps(
  from: number,
  to: number,
  interpolation: Interpolation,
  first: number,
  length: number,
): AxisTaps {
  checkInterpolation(interpolation);
  const tapsOf =
    to < from && interpolation in WIDENED ? WIDENED[interpolation as keyof typeof WIDENED] : TAPS[interpolation];
  const rows = Array.from({ length }, (_, i) =>
    [...tapsOf(first + i, from, to)].map(([at, weight]) => [Math.max(0, Math.min(from - 1, at)), weight] as const),
  );
  const ends = rows.map((row) => [row[0][0], row.at(-1)![0]] as const);
  const count = Math.min(from, Math.max(...ends.map(([start, end]) => end - start + 1)));
  const starts = ends.map(([start]) => Math.min(start, from - count));
  const weights = new Float32Array(length * count);
  rows.forEach((row, i) => {
    for (const [at, weight] of row) weights[i * count + at - starts[i]] += weight;
  });
  return { starts, count, weights };
}

export function checkInterpolation(name: string): asserts name is Interpolation {
  if (!(INTERPOLATIONS as readonly string[]).includes(name)) {
    throw new RangeError(`interpolation: expected one of ${INTERPOLATIONS.join(', ')}; got "${name}".`);
  }
}

/** Kernels that are a function of the distance, and their radius, in pixels. */
export const SHAPES = {
  bilinear: { radius: 1, weight: (t: number): number => Math.max(0, 1 - Math.abs(t)) },
  'bilinear-antialias': { radius: 1, weight: (t: number): number => Math.max(0, 1 - Math.abs(t)) },
  bicubic: { radius: 2, weight: (t: number): number => cubic(t, -0.75) },
  'bicubic-keys': { radius: 2, weight: (t: number): number => cubic(t, -0.5) },
  lanczos3: { radius: 3, weight: (t: number): number => (Math.abs(t) < 3 ? sinc(t) * sinc(t / 3) : 0) },
} as const satisfies Partial<Record<Interpolation, Shape>>;

interface Shape {
  readonly radius: number;
  weight(t: number): number;
}

type Taps = Iterable<readonly [at: number, weight: number]>;

const TAPS: Record<Interpolation, (i: number, from: number, to: number) => Taps> = {
  nearest: (i, from, to) => [[Math.floor(((i + 0.5) * from) / to), 1]],
  bilinear: (i, from, to) => around(i, from, to, SHAPES.bilinear),
  'bilinear-antialias': (i, from, to) => window(i, from, to, SHAPES['bilinear-antialias']),
  bicubic: (i, from, to) => around(i, from, to, SHAPES.bicubic),
  'bicubic-keys': (i, from, to) => window(i, from, to, SHAPES['bicubic-keys']),
  lanczos3: (i, from, to) => window(i, from, to, SHAPES.lanczos3),
  area: (i, from, to) => (to > from ? areaUp(i, from, to) : areaDown(i, from, to)),
};

const WIDENED = {
  bilinear: (i: number, from: number, to: number): Taps => window(i, from, to, SHAPES.bilinear),
  bicubic: TAPS['bicubic-keys'],
} as const;

/**
 * Weighs pixels as OpenCV does: the 2·radius nearest, outside ones taken from the edge; the kernel is not widened when
 * shrinking.
 */
function* around(i: number, from: number, to: number, { radius, weight: kernel }: Shape): Taps {
  const centre = ((i + 0.5) * from) / to - 0.5;
  const first = Math.floor(centre) - radius + 1;
  for (let at = first; at < first + 2 * radius; at++) yield [at, kernel(at - centre)];
}

/** Weighs as Pillow does: the kernel is widened when shrinking, and its weights in the picture scaled to sum to 1. */
function window(i: number, from: number, to: number, { radius, weight: kernel }: Shape): Taps {
  const scale = Math.max(1, from / to);
  const centre = ((i + 0.5) * from) / to;
  const first = Math.max(0, Math.floor(centre - radius * scale + 0.5));
  const end = Math.min(from, Math.floor(centre + radius * scale + 0.5));
  const taps: [number, number][] = [];
  let sum = 0;
  for (let at = first; at < end; at++) {
    const weight = kernel((at + 0.5 - centre) / scale);
    taps.push([at, weight]);
    sum += weight;
  }
  return taps.map(([at, weight]) => [at, weight / sum] as const);
}

/** Gives the share of each pixel under the new pixel's footprint. */
function* areaDown(i: number, from: number, to: number): Taps {
  const [start, end] = [(i * from) / to, ((i + 1) * from) / to];
  for (let at = Math.floor(start); at < Math.ceil(end); at++) {
    const share = (Math.min(end, at + 1) - Math.max(start, at)) / (end - start);
    if (share > 1e-9) yield [at, share];
  }
}

/**
 * Weighs pixels as OpenCV's INTER_AREA when enlarging (imgproc/src/resize.cpp): flat inside one, linear across borders.
 */
function areaUp(i: number, from: number, to: number): Taps {
  const at = Math.floor((i * from) / to);
  const over = i + 1 - ((at + 1) * to) / from;
  const weight = over <= 0 ? 0 : over - Math.floor(over);
  return [
    [at, 1 - weight],
    [at + 1, weight],
  ];
}

/** Computes Keys' cubic convolution kernel with parameter a. */
function cubic(t: number, a: number): number {
  const x = Math.abs(t);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

const sinc = (t: number): number => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
