import { type Backbone, precisionOf } from '../models/backbone.ts';
import { QUANTIZED } from '../runtime/read-onnx.ts';
import type { EngineName } from '../runtime/running.ts';
import { hashOf } from '../storage/files/hash.ts';

/**
 * Names what computes a backbone, for the names of features. In a quantized file 8-bit sums overflowed on CPUs without
 * VNNI until sessions came to avoid that: features of such files that were kept before are not taken.
 */
export const computedBy = ({ file }: Pick<Backbone, 'file'>, engine: EngineName): string =>
  file?.precision === QUANTIZED ? `${engine}, no sum overflows` : engine;

/** Names the folder of the features that a backbone gives in an engine, below where features are kept. */
export const setName = (backbone: Pick<Backbone, 'id' | 'file'>, engine: EngineName): string =>
  hashOf([backbone.id, computedBy(backbone, engine)]).slice(0, 24);

/** Gives what `manifest.json` says about a set. */
export const describeSet = (backbone: Backbone, engine: EngineName): object => ({
  format: 'graft features 2',
  network: backbone.network,
  cut: backbone.cut,
  precision: precisionOf(backbone),
  pooling: backbone.file?.end.pooling,
  engine,
  kernel: backbone.input.interpolation,
  preprocess: backbone.input.preprocess,
  inputSize: backbone.input.size,
  rowShape: backbone.outputShape,
  backbone: backbone.id,
});
