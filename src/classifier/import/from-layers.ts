import type * as tf from '@tensorflow/tfjs';
import { FEATURES } from '../../onnx/network-file.ts';
import { shortPath } from '../../project.ts';
import type { ImportedNetwork } from './imported-network.ts';
import type { ImportOptions } from './import-options.ts';
import { networkParts } from './network-parts.ts';
import type { Origin } from './origins.ts';

/** Where a network of layers was read, and what is known of it. */
export interface Source extends Origin {
  /** What the user gave, for errors. */
  readonly file: string;
  readonly classNames?: readonly string[];
}

/** Takes a network of plain layers as an imported one. */
export function fromLayers(model: tf.LayersModel, source: Source, options: ImportOptions): ImportedNetwork {
  const { preprocess = source.preprocess, resize = source.resize } = options;
  const { cropFraction = 1, interpolation = source.interpolation } = options;
  return {
    ...parts(model, source.file),
    origin: source.origin,
    backbone: {
      cut: FEATURES,
      pooling: 'none',
      input: { preprocess, interpolation, cropFraction, resize, layout: 'NHWC' },
    },
    ...(source.classNames && { classNames: source.classNames }),
    fit: { fit: resize, cropFraction, interpolation },
  };
}

function parts(model: tf.LayersModel, file: string): Pick<ImportedNetwork, 'file' | 'softmax'> {
  try {
    return networkParts(model);
  } catch (cause) {
    const { message } = cause as Error;
    const [, reason = message] = /^onnx: (layer .*?)(?: Use \{ engine: .*)?$/s.exec(message) ?? [];
    throw new Error(`${shortPath(file)}: expected a classifier that Graft can run: ${reason.replace(/\.?$/, '.')}`, {
      cause,
    });
  }
}
