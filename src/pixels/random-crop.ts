import { roundHalfToEven } from '../host/round.ts';
import type { Random } from '../random.ts';

/** The part that a random resized crop takes from a picture. */
export interface RandomCrop {
  /** The share of the picture's area, two numbers above 0 to 1. @default [0.08, 1] */
  readonly scale?: readonly [number, number];
  /** The ratio of width to height, two numbers above 0. @default [3 / 4, 4 / 3] */
  readonly ratio?: readonly [number, number];
}

/** A part of a picture, in whole pixels. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const [SCALE, RATIO] = [[0.08, 1] as const, [3 / 4, 4 / 3] as const];
const TRIES = 10;

/**
 * Draws a box as torchvision's `RandomResizedCrop.get_params` does (torchvision/transforms/transforms.py; C. Szegedy et
 * al., "Going Deeper with Convolutions", 2014): an area and a shape, up to ten times until it fits, then a position for
 * it; if none fits, the largest box of an allowed shape in the middle.
 * @param size height and width of the picture
 */
export function drawBox(
  [height, width]: readonly [height: number, width: number],
  { scale = SCALE, ratio = RATIO }: RandomCrop,
  next: Random,
): Box {
  const [low, high] = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = height * width * (scale[0] + (scale[1] - scale[0]) * next());
    const shape = Math.exp(low + (high - low) * next());
    const [w, h] = [roundHalfToEven(Math.sqrt(area * shape)), roundHalfToEven(Math.sqrt(area / shape))];
    if (w < 1 || w > width || h < 1 || h > height) continue;
    const top = Math.floor(next() * (height - h + 1));
    return { top, left: Math.floor(next() * (width - w + 1)), height: h, width: w };
  }
  const shape = Math.min(ratio[1], Math.max(ratio[0], width / height));
  const w = width / height > shape ? Math.max(1, roundHalfToEven(height * shape)) : width;
  const h = width / height < shape ? Math.max(1, roundHalfToEven(width / shape)) : height;
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}

/** @throws RangeError saying what was expected */
export function checkRandomCrop(given: unknown): void {
  if (typeof given === 'boolean' || given === undefined) return;
  const one = (given ?? {}) as Record<string, unknown>;
  const isRange = (range: unknown, most: number): boolean => {
    const [low, high] = (Array.isArray(range) ? range : []) as number[];
    return range === undefined || (low > 0 && high >= low && high <= most);
  };
  const strange = Object.keys(one).some((name) => name !== 'scale' && name !== 'ratio');
  if (typeof given !== 'object' || given === null || strange || !isRange(one.scale, 1) || !isRange(one.ratio, 100))
    throw new RangeError(
      'randomResizedCrop: expected true, or { scale, ratio } of two numbers each, the smaller first: ' +
        `shares of the area above 0 to 1, width to height above 0 to 100; got ${JSON.stringify(given)}.`,
    );
}
