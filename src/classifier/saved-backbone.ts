import { type Backbone, inFloat32 } from '../models/backbone.ts';
import type { SavedClassifier } from './saved-format.ts';

/**
 * Describes a backbone as a saved classifier does.
 * @param weights where its weights are; a file's name if they come with the classifier, or with Graft
 */
export function savedBackbone(
  backbone: Backbone,
  weights: string,
): Pick<SavedClassifier, 'kernel' | 'preprocess' | 'backbone'> {
  const { network, cut, input, int8, file: onnx } = backbone;
  return {
    kernel: input.interpolation,
    preprocess: input.preprocess,
    backbone: {
      network,
      cut,
      inputSize: input.size,
      weights,
      fingerprint: inFloat32(backbone).id,
      int8,
      ...(onnx && {
        onnx: {
          pooling: onnx.end.pooling,
          layout: onnx.layout,
          cutLayout: onnx.end.layout,
          cropFraction: input.cropFraction,
          fit: input.resize,
          entry: onnx.entry,
          hub: onnx.hub,
        },
      }),
    },
  };
}
