import type * as tf from '@tensorflow/tfjs';
import { FEATURES } from '../../onnx/file/network-file.ts';
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
    remarks: preprocess === 'none' && !options.preprocess && !scalesLevels(model) ? [UNSCALED] : [],
  };
}

const UNSCALED =
  'no layer at its beginning scales levels, which go in as they are, 0 to 255; if it was trained on prepared pictures (divided by 255, preprocess_input), it answers wrongly without --preprocess, in a cell { preprocess }';

/** Whether a network begins with layers that scale levels; a 1×1 convolution to three channels does too. */
const scalesLevels = (model: tf.LayersModel): boolean =>
  model.layers.slice(0, 4).some((layer) => {
    const { kernelSize, filters } = layer.getConfig() as {
      readonly kernelSize?: readonly number[];
      readonly filters?: number;
    };
    return ['Rescaling', 'Normalization'].includes(layer.getClassName()) || (filters === 3 && kernelSize?.[0] === 1);
  });

function parts(model: tf.LayersModel, file: string): ReturnType<typeof networkParts> {
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
