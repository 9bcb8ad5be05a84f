import type { Backbone } from '../models/backbone.ts';
import type { EngineName } from '../runtime/running.ts';
import { hashOf } from '../storage/files/hash.ts';

/** Names the folder of the features that a backbone gives in an engine, below where features are kept. */
export const setName = (backbone: Backbone, engine: EngineName): string => hashOf([backbone.id, engine]).slice(0, 24);

/** Gives what `manifest.json` says about a set. */
export const describeSet = (backbone: Backbone, engine: EngineName): object => ({
  format: 'graft features 2',
  network: backbone.network,
  cut: backbone.cut,
  precision: backbone.file?.precision ?? (backbone.int8 ? 'int8' : 'float32'),
  pooling: backbone.file?.end.pooling,
  engine,
  kernel: backbone.input.interpolation,
  preprocess: backbone.input.preprocess,
  inputSize: backbone.input.size,
  rowShape: backbone.outputShape,
  backbone: backbone.id,
});
