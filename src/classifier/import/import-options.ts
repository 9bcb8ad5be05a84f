import type { OnnxInput } from '../../backbones/onnx-backbone.ts';
import type { Layout } from '../../models/file-backbone.ts';
import type { Interpolation } from '../../pixels/interpolation.ts';
import type { Resize } from '../../pixels/resize.ts';

/** What is known about somebody else's classifier that its files do not say. */
export interface ImportOptions {
  /** The folder that becomes a classifier of Graft's, for `loadClassifier`, `graft evaluate` and `graft predict`. */
  readonly out: string;
  /**
   * The names of its classes, in the order of its outputs; or a file with them, one a line or in JSON.
   * @default those that come with it
   */
  readonly classNames?: readonly string[] | string;
  /**
   * What is done to levels 0..255 before they enter the network; numbers as for `onnxBackbone`. @default Teachable
   * Machine's own for its models; what stands beside an ONNX file; for others `none`: whatever is needed is in their layers
   */
  readonly preprocess?: OnnxInput['preprocess'];
  /** For an ONNX file: height and width of its pictures in pixels. @default what the graph or the file beside it says */
  readonly size?: number;
  /** For an ONNX file: the layout of its pictures. @default what the graph says */
  readonly layout?: Layout;
  /** For an ONNX file: the output that holds the scores or probabilities. @default the only one that does */
  readonly output?: string;
  /**
   * How a photo becomes a square. @default 'crop' for Teachable Machine's models; what stands beside an ONNX file, else
   * 'crop'; 'squash' for others, as Keras does
   */
  readonly resize?: Resize;
  /** Share of a photo's shorter side that crops keep, above 0 to 1. @default 1 */
  readonly cropFraction?: number;
  /** How photos are resized. @default 'bilinear' */
  readonly interpolation?: Interpolation;
}
