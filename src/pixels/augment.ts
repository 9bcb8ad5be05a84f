import { checkOptions } from '../host/option-ranges.ts';
import type { Random } from '../random.ts';
import { checkRandomCrop, type RandomCrop } from './random-crop.ts';
import { type Affine, FILL_MODES, type FillMode, warp, type WarpInterpolation } from './warp.ts';

/**
 * The random changes to a picture, with the names and meanings of Keras' ImageDataGenerator
 * (keras/src/legacy/preprocessing/image.py), in camelCase; and those of other libraries.
 */
export interface AugmentOptions {
  /**
   * Takes a part of the picture, scaled to the size of the whole, as torchvision's RandomResizedCrop: 8 to 100 % of the
   * area, 3:4 to 4:3 in shape, unless given otherwise. For a photo, it is a part of the whole photo, at its own
   * resolution. Done before all else. @default false
   */
  readonly randomResizedCrop?: boolean | RandomCrop;
  /** Turns by up to so many degrees either way, 0..180. @default 0 */
  readonly rotationRange?: number;
  /** Shifts by up to this share of the width (below 1) or this many pixels (from 1), either way. @default 0 */
  readonly widthShiftRange?: number;
  /** The same for the height. @default 0 */
  readonly heightShiftRange?: number;
  /** Shears by up to so many degrees either way, 0..89. @default 0 */
  readonly shearRange?: number;
  /** Enlarges or shrinks, each axis by itself: 0.2 for 0.8 to 1.2, or the two ends. Below 1 enlarges. @default 0 */
  readonly zoomRange?: number | readonly [number, number];
  /** Mirrors left to right with probability 1/2, or with this probability, 0..1. @default false */
  readonly horizontalFlip?: boolean | number;
  /** The same, top to bottom. @default false */
  readonly verticalFlip?: boolean | number;
  /** Multiplies all levels by a factor between the two. @default none */
  readonly brightnessRange?: readonly [number, number];
  /**
   * Adds to each picture's levels a number of up to this, either way, within the picture's own range of levels.
   * @default 0
   */
  readonly channelShiftRange?: number;
  /** What fills the area outside the picture. @default 'nearest' */
  readonly fillMode?: FillMode;
  /** The level outside, for `constant`, 0..255. @default 0 */
  readonly cval?: number;
  /**
   * Probability that a rectangle of 2 to 33 % of the picture, with an aspect ratio of 0.3 to 3.3, is painted over with
   * noise (Z. Zhong et al., "Random Erasing Data Augmentation", 2017). @default 0
   */
  readonly randomErasing?: number;
}

/** The random draw for one picture, in Keras' words and units. */
export interface Transform {
  /** The rotation, in degrees. */
  readonly theta: number;
  /** Shift in columns, in pixels; if a picture moves to the left, it is looked up further right. */
  readonly tx: number;
  /** Shift in rows. */
  readonly ty: number;
  /** The shear, in degrees. */
  readonly shear: number;
  /** The zoom along a row, and along a column. */
  readonly zx: number;
  readonly zy: number;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  readonly channelShift?: number;
  readonly brightness?: number;
  /** The rectangle to erase: rows from, to, columns from, to. */
  readonly erase?: readonly [number, number, number, number];
}

const NUMBERS = [
  'rotationRange',
  'widthShiftRange',
  'heightShiftRange',
  'shearRange',
  'channelShiftRange',
  'cval',
  'randomErasing',
];
const OTHERS = ['randomResizedCrop', 'zoomRange', 'horizontalFlip', 'verticalFlip', 'brightnessRange', 'fillMode'];

/** @throws RangeError naming the option that is unknown or out of range */
export function checkAugment(options: AugmentOptions): void {
  const known = [...NUMBERS, ...OTHERS];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`augment: expected options ${known.join(', ')}; got "${unknown}".`);
  checkOptions('augment', options as Readonly<Record<string, unknown>>);
  for (const name of ['horizontalFlip', 'verticalFlip'] as const) {
    const chance = flipChance(options[name]);
    if (!(chance >= 0 && chance <= 1))
      throw new RangeError(`${name}: expected true, false or a probability from 0 to 1; got ${String(options[name])}.`);
  }
  checkRandomCrop(options.randomResizedCrop);
  const { zoomRange, brightnessRange, fillMode } = options;
  const [low, high] = zoomEnds(zoomRange);
  if (!(low > 0 && high >= low && high <= 10))
    throw new RangeError(
      `zoomRange: expected a number from 0 to below 1, or two from above 0 to 10; got ${String(zoomRange)}.`,
    );
  if (brightnessRange && !(brightnessRange[0] >= 0 && brightnessRange[1] >= brightnessRange[0]))
    throw new RangeError(
      `brightnessRange: expected two numbers from 0, the smaller first; got ${String(brightnessRange)}.`,
    );
  if (fillMode !== undefined && !FILL_MODES.includes(fillMode))
    throw new RangeError(`fillMode: expected one of ${FILL_MODES.join(', ')}; got "${fillMode}".`);
}

const zoomEnds = (zoom: AugmentOptions['zoomRange'] = 0): readonly [number, number] =>
  typeof zoom === 'number' ? [1 - zoom, 1 + zoom] : zoom;

const flipChance = (flip: boolean | number = 0): number => (flip === true ? 0.5 : Number(flip));

/** Draws the changes to one picture; always the same count of numbers, so that options' draws are independent. */
export function drawTransform(
  options: AugmentOptions,
  [height, width]: readonly [number, number],
  next: Random,
): Transform {
  const {
    rotationRange = 0,
    widthShiftRange = 0,
    heightShiftRange = 0,
    shearRange = 0,
    channelShiftRange = 0,
    brightnessRange,
    randomErasing = 0,
  } = options;
  const within = (low: number, high: number): number => low + (high - low) * next();
  const shift = (range: number, side: number): number => within(-range, range) * (range < 1 ? side : 1);
  const [low, high] = zoomEnds(options.zoomRange);
  const theta = within(-rotationRange, rotationRange);
  const tx = shift(widthShiftRange, width);
  const ty = shift(heightShiftRange, height);
  const shear = within(-shearRange, shearRange);
  const [zx, zy] = [within(low, high), within(low, high)];
  const [horizontal, vertical] = [next(), next()];
  const [channelShift, brightness] = [
    within(-channelShiftRange, channelShiftRange),
    within(brightnessRange?.[0] ?? 1, brightnessRange?.[1] ?? 1),
  ];
  const [erases, area, aspect, top, left] = [
    next(),
    within(0.02, 0.33),
    Math.exp(within(Math.log(0.3), Math.log(3.3))),
    next(),
    next(),
  ];
  const [h, w] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)].map((side) => Math.min(1, side));
  const [r, c] = [top * (1 - h), left * (1 - w)];
  return {
    theta,
    tx,
    ty,
    shear,
    zx,
    zy,
    flipHorizontal: horizontal < flipChance(options.horizontalFlip),
    flipVertical: vertical < flipChance(options.verticalFlip),
    ...(channelShiftRange > 0 && { channelShift }),
    ...(brightnessRange && { brightness }),
    ...(erases < randomErasing && { erase: [r, r + h, c, c + w] as const }),
  };
}

/**
 * Composes rotation · shift · shear · zoom about the picture's middle (Keras' apply_affine_transform), from output to
 * input pixels.
 * @param to height and width of the output @default the input's
 */
export function affineOf(
  { theta, tx, ty, shear, zx, zy, flipHorizontal, flipVertical }: Transform,
  [height, width]: readonly [number, number],
  to: readonly [number, number] = [height, width],
): Affine {
  const [t, s] = [(theta * Math.PI) / 180, (shear * Math.PI) / 180];
  // in x (columns) and y (rows), as in Keras
  const rotate = [Math.cos(t), -Math.sin(t), 0, Math.sin(t), Math.cos(t), 0] as const;
  const slant = [1, -Math.sin(s), 0, 0, Math.cos(s), 0] as const;
  const xy = [rotate, [1, 0, tx, 0, 1, ty] as const, slant, [zx, 0, 0, 0, zy, 0] as const].reduce<Affine>(
    (a, b) => times(a, b),
    [1, 0, 0, 0, 1, 0],
  );
  const [oy, ox] = [height / 2 - 0.5, width / 2 - 0.5];
  let map: Affine = [xy[4], xy[3], xy[5], xy[1], xy[0], xy[2]];
  map = times(times([1, 0, oy, 0, 1, ox], map), [1, 0, -oy, 0, 1, -ox]);
  // Keras mirrors the result
  if (flipVertical) map = times(map, [-1, 0, height - 1, 0, 1, 0]);
  if (flipHorizontal) map = times(map, [1, 0, 0, 0, -1, width - 1]);
  // half-pixel centres of a larger grid
  const [fy, fx] = [height / to[0], width / to[1]];
  return times(map, [fy, 0, fy / 2 - 0.5, 0, fx, fx / 2 - 0.5]);
}

const times = (a: Affine, b: Affine): Affine => [
  a[0] * b[0] + a[1] * b[3],
  a[0] * b[1] + a[1] * b[4],
  a[0] * b[2] + a[1] * b[5] + a[2],
  a[3] * b[0] + a[4] * b[3],
  a[3] * b[1] + a[4] * b[4],
  a[3] * b[2] + a[4] * b[5] + a[5],
];

/** @returns [to, to, 3] uint8 */
export function applyTransform(
  pixels: Uint8Array,
  size: readonly [number, number],
  transform: Transform,
  {
    interpolation,
    fillMode,
    cval,
    to = size,
    noise,
  }: Pick<AugmentOptions, 'fillMode' | 'cval'> & {
    readonly interpolation?: WarpInterpolation;
    readonly to?: readonly [number, number];
    readonly noise?: Random;
  } = {},
): Uint8ClampedArray {
  const values = warp(pixels, size, affineOf(transform, size, to), { interpolation, fillMode, cval, to });
  const { channelShift, brightness, erase } = transform;
  if (channelShift !== undefined) {
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    for (let i = 0; i < values.length; i++) values[i] = Math.min(high, Math.max(low, values[i] + channelShift));
  }
  const levels = Uint8ClampedArray.from(values); // rounds half to even
  // Pillow's ImageEnhance.Brightness computes in float32 and truncates
  if (brightness !== undefined)
    for (let i = 0; i < levels.length; i++)
      levels[i] = Math.floor(Math.min(255, Math.fround(Math.fround(brightness) * levels[i])));
  if (erase) {
    const [rows, columns] = to;
    for (let r = Math.round(erase[0] * rows); r < Math.round(erase[1] * rows); r++) {
      for (
        let i = 3 * (r * columns + Math.round(erase[2] * columns));
        i < 3 * (r * columns + Math.round(erase[3] * columns));
        i++
      )
        levels[i] = Math.floor(256 * (noise?.() ?? 0.5));
    }
  }
  return levels;
}
