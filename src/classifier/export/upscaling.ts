import type { Interpolation } from '../../pixels/interpolation.ts';
import type { Classifier } from '../classifier.ts';

/** How pictures of the classifier's size are brought to the network's, by whoever asks a file that does not do it. */
export interface Upscaling {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly interpolation: Interpolation;
}

/** Gives what stays outside of a file that takes pictures of the network's own size; undefined if nothing does. */
export function upscalingOf({
  imageSize,
  backbone,
}: Pick<Classifier, 'imageSize' | 'backbone'>): Upscaling | undefined {
  const { size, interpolation } = backbone.input;
  return imageSize.some((side) => side !== size) ? { from: imageSize, to: [size, size], interpolation } : undefined;
}
