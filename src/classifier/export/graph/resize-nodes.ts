import type { Fitting } from '../../../data/dataset.ts';
import type { Builder } from '../../../onnx/builder.ts';
import { placementOf } from '../../../pixels/resize.ts';
import type { Description } from '../description.ts';

/** The first version of ONNX' operators whose Resize has antialias, and which has CenterCropPad. */
export const RESIZE_OPSET = 18;

/** ONNX' mode and the cubic's coefficient by the interpolation; it has no Lanczos and no box. */
const MODES: Readonly<Record<Fitting['interpolation'], readonly [mode: string, coefficient?: number]>> = {
  nearest: ['nearest'],
  bilinear: ['linear'],
  'bilinear-antialias': ['linear'],
  bicubic: ['cubic', -0.5],
  'bicubic-keys': ['cubic', -0.5],
  lanczos3: ['cubic', -0.5],
  area: ['linear'],
};

/**
 * Adds the nodes that bring a photo to a classifier's size, as Pillow does: levels float32 [n, 3, height, width] of any
 * size → uint8 [n, H, W, 3].
 * @param images the name of the result
 */
export function resizeNodes(
  build: Builder,
  pixels: string,
  images: string,
  { imageSize: [height, width], resizing: { fit, cropFraction, interpolation } }: Description,
): void {
  const integers = (...values: number[]): string => build.constant(BigInt64Array.from(values, BigInt), [values.length]);
  const number = (value: number): string => build.constant(Float32Array.of(value), []);
  const square = height === width;
  const { scaled } = placementOf([height, height], { resize: square ? fit : 'squash', size: height, cropFraction });
  const side = scaled[0];
  const [mode, coefficient] = MODES[interpolation];
  const stretched = fit !== 'pad' && fit !== 'crop' && fit !== 'crop-floor';
  const resized = build.node('Resize', [pixels, '', '', square ? integers(side, side) : integers(height, width)], {
    axes: [2, 3],
    mode,
    keep_aspect_ratio_policy: stretched || !square ? 'stretch' : fit === 'pad' ? 'not_larger' : 'not_smaller',
    ...(mode === 'nearest' ? { nearest_mode: 'floor' } : { antialias: 1, exclude_outside: 1 }),
    ...(coefficient !== undefined && { cubic_coeff_a: { float: coefficient } }),
  });
  const levels = build.node('Clip', [build.node('Round', [resized]), number(0), number(255)]);
  // cuts the middle out, or puts black around it
  const placed = build.node('CenterCropPad', [levels, integers(height, width)], { axes: [2, 3] });
  const bytes = build.node('Cast', [placed], { to: 2 });
  build.node('Transpose', [bytes], { perm: [0, 2, 3, 1] }, images);
}
