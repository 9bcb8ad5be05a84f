import { type AxisTaps, type Interpolation, resampleTaps, roundsBetween } from './interpolation.ts';
import type { Placement } from './resize.ts';
import { wholeLevel } from './level.ts';
import type { Box } from './random-crop.ts';

/**
 * Scales a picture and cuts a part out of it, in plain JavaScript; only that part is computed. When enlarging, its
 * levels are those of `upscale` and of the network's own graph, value by value; when shrinking, the kernel is widened,
 * as Pillow does, so that nothing aliases.
 * @param pixels [H, W, 3] uint8
 * @param imageSize H, W
 * @returns [cut.height, cut.width, 3] uint8
 */
export function scaleAndCut(
  pixels: Uint8Array,
  [height, width]: readonly [height: number, width: number],
  { scaled, cut }: Pick<Placement, 'scaled' | 'cut'>,
  interpolation: Interpolation,
): Uint8Array {
  const down = resampleTaps(height, scaled[0], interpolation, cut.top, cut.height);
  const across = resampleTaps(width, scaled[1], interpolation, cut.left, cut.width);
  const rows = { from: Math.min(...down.starts), to: Math.max(...down.starts.map((start) => start + down.count)) };
  const wide = acrossRows(pixels, width, across, rows, roundsBetween(interpolation)); // [rows, cut.width, 3]
  const step = cut.width * 3;
  const out = new Uint8Array(cut.height * step);
  const sums = new Float32Array(step); // float32 after each term, as `resample` sums, so that ties fall alike
  for (let i = 0; i < cut.height; i++) {
    sums.fill(0);
    for (let k = 0, at = (down.starts[i] - rows.from) * step; k < down.count; k++, at += step) {
      const weight = down.weights[i * down.count + k];
      if (weight) for (let column = 0; column < step; column++) sums[column] += weight * wide[at + column];
    }
    for (let column = 0; column < step; column++) out[i * step + column] = wholeLevel(sums[column]);
  }
  return out;
}

/**
 * Scales a part of a picture to another size, as {@link scaleAndCut} scales.
 * @param pixels [H, W, 3] uint8
 * @returns [to, 3] uint8
 */
export function scalePart(
  pixels: Uint8Array,
  [, width]: readonly [height: number, width: number],
  box: Box,
  [height, across]: readonly [height: number, width: number],
  interpolation: Interpolation,
): Uint8Array {
  const part = new Uint8Array(box.height * box.width * 3);
  for (let row = 0; row < box.height; row++) {
    const from = ((box.top + row) * width + box.left) * 3;
    part.set(pixels.subarray(from, from + box.width * 3), row * box.width * 3);
  }
  const placement = { scaled: [height, across], cut: { top: 0, left: 0, height, width: across } } as const;
  return scaleAndCut(part, [box.height, box.width], placement, interpolation);
}

function acrossRows(
  pixels: Uint8Array,
  width: number,
  { starts, weights, count }: AxisTaps,
  { from, to }: { readonly from: number; readonly to: number },
  round: boolean,
): Float32Array {
  const out = new Float32Array((to - from) * starts.length * 3);
  const { fround } = Math;
  for (let row = from, at = 0; row < to; row++) {
    for (let j = 0, w = 0; j < starts.length; j++, at += 3) {
      let [r, g, b] = [0, 0, 0];
      for (let k = 0, p = (row * width + starts[j]) * 3; k < count; k++, w++, p += 3) {
        const weight = weights[w];
        r = fround(r + weight * pixels[p]);
        g = fround(g + weight * pixels[p + 1]);
        b = fround(b + weight * pixels[p + 2]);
      }
      out[at] = r;
      out[at + 1] = g;
      out[at + 2] = b;
    }
  }
  if (round) for (let i = 0; i < out.length; i++) out[i] = wholeLevel(out[i]);
  return out;
}
