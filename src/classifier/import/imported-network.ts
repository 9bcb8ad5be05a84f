import type { OnnxBackboneOptions } from '../../backbones/onnx-backbone.ts';
import type { Fitting } from '../../data/dataset.ts';

/** The last layer of a classifier: probabilities = softmax(features · kernel + bias). */
export interface SoftmaxWeights {
  /** D */
  readonly inputs: number;
  /** K */
  readonly classes: number;
  /** [D, K] */
  readonly kernel: Float32Array;
  /** [K] */
  readonly bias: Float32Array;
}

/** Somebody else's classifier as it was read, with what its makers say about it. */
export interface ImportedNetwork {
  /** Where it comes from, in words: `Teachable Machine`. */
  readonly origin: string;
  /** What makes the features: an ONNX file with nothing beside it, or the path of one. */
  readonly file: Uint8Array | string;
  /** Where that file is cut, and how a picture enters it. */
  readonly backbone: OnnxBackboneOptions;
  /** The last layer; or, if the graph itself gives the scores, whether a Softmax stands behind them in it. */
  readonly softmax: SoftmaxWeights | 'in the graph' | 'none in the graph';
  /** The names of its classes, if it has them. */
  readonly classNames?: readonly string[];
  /** How photos are brought to its size. */
  readonly fit: Fitting;
  /** What was found in its files, in words. @default nothing that is not clear from the kind of file */
  readonly found?: readonly string[];
  /** What its files do not say, so that it may answer otherwise than at its origin. */
  readonly remarks: readonly string[];
}
