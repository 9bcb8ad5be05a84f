import type { Interpolation } from '../../pixels/interpolation.ts';
import type { Preprocessing } from '../../pixels/preprocess.ts';
import type { Resize } from '../../pixels/resize.ts';

/** What is known about somebody else's classifier that its files do not say. */
export interface ImportOptions {
  /** The folder that becomes a classifier of Graft's, for `loadClassifier`, `graft evaluate` and `graft predict`. */
  readonly out: string;
  /** The names of its classes, in the order of its outputs. @default those that come with it */
  readonly classNames?: readonly string[];
  /**
   * What is done to levels 0..255 before they enter the network. @default Teachable Machine's own for its models;
   * for others `none`: whatever is needed is in their layers
   */
  readonly preprocess?: Preprocessing;
  /** How a photo becomes a square. @default 'crop' for Teachable Machine's models, 'squash' for others, as Keras does */
  readonly resize?: Resize;
  /** Share of a photo's shorter side that crops keep, above 0 to 1. @default 1 */
  readonly cropFraction?: number;
  /** How photos are resized. @default 'bilinear' */
  readonly interpolation?: Interpolation;
}
