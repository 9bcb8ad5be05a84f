import { checkOptions } from '../host/option-ranges.ts';
import { roundHalfToEven } from '../host/round.ts';
import { OPTIONS } from '../options/options.mjs';

/**
 * How a picture of any shape becomes a square.
 * - `crop`: the shorter side is scaled to size / crop fraction, and the centre cut out, as networks are tested
 *   (torchvision's `Resize` and `CenterCrop`, timm's `crop_pct`)
 * - `crop-floor`: the same as transformers' processors do it: if an odd number of pixels is left over, they cut one
 * less
 *   before than behind, where torchvision cuts an even number
 * - `squash`: both sides are scaled to the size, as Keras' `image_dataset_from_directory` does
 * - `squash-crop`: both sides are scaled to size / crop fraction, and the centre cut out (DeiT's processor)
 * - `squash-crop-even`: the same as timm does it (`crop_mode` "squash"), which treats an odd number of leftover pixels
 *   like torchvision's `CenterCrop`
 * - `pad`: the longer side is scaled to the size, black around it, as Keras' `pad_to_aspect_ratio`
 */
export const RESIZES = OPTIONS.resize.choices;
export type Resize = (typeof RESIZES)[number];

/** How to place a picture: scale it to `scaled`, cut `cut` out of it, and put that at `at` of the square. */
export interface Placement {
  readonly scaled: readonly [height: number, width: number];
  readonly cut: { readonly top: number; readonly left: number; readonly height: number; readonly width: number };
  readonly at: readonly [top: number, left: number];
}

/**
 * Says where a picture goes.
 * @param imageSize the picture's size, upright, in pixels
 * @param size the square's side, in pixels
 * @param cropFraction share of the scaled picture's shorter side that the crops keep, above 0 to 1
 * @throws RangeError naming the valid ways, or the range
 */
export function placementOf(
  [height, width]: readonly [height: number, width: number],
  { resize, size, cropFraction }: { readonly resize: Resize; readonly size: number; readonly cropFraction: number },
): Placement {
  checkResize(resize, cropFraction);
  const whole = { top: 0, left: 0, height: size, width: size };
  if (resize === 'squash') return { scaled: [size, size], cut: whole, at: [0, 0] };
  const [short, long] = [Math.min(height, width), Math.max(height, width)];
  if (resize === 'pad') {
    const other = Math.max(1, Math.round((size * short) / long));
    const scaled = [height < width ? other : size, height < width ? size : other] as const;
    return {
      scaled,
      cut: { ...whole, height: scaled[0], width: scaled[1] },
      at: [Math.floor((size - scaled[0]) / 2), Math.floor((size - scaled[1]) / 2)],
    };
  }
  const shorter = Math.floor(size / cropFraction + 1e-9);
  const squashed = resize === 'squash-crop' || resize === 'squash-crop-even';
  const longer = squashed ? shorter : Math.floor((shorter * long) / short);
  const scaled = [height <= width ? shorter : longer, height <= width ? longer : shorter] as const;
  // torchvision's CenterCrop uses Python's `round`, transformers' center_crop `int` (image_processing_backends.py)
  const half = resize === 'crop' || resize === 'squash-crop-even' ? roundHalfToEven : Math.floor;
  const [top, left] = scaled.map((side) => half((side - size) / 2));
  return { scaled, cut: { ...whole, top, left }, at: [0, 0] };
}

/** Whether a way to resize drops everything outside a centre. */
export const cutsOut = (resize: Resize): boolean => resize !== 'squash' && resize !== 'pad';

/** @throws RangeError naming the valid ways, or the range */
export function checkResize(resize: string, cropFraction: number): void {
  if (!(RESIZES as readonly string[]).includes(resize))
    throw new RangeError(`resize: expected one of ${RESIZES.join(', ')}; got "${resize}".`);
  checkOptions('resize', { cropFraction });
}
