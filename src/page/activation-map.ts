import { headParts } from '../classifier/export/graph/head-nodes.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { mapBehind } from '../onnx/cut-candidates.ts';
import { layoutMade } from '../onnx/trace.ts';
import { reopenOnnxFile } from '../runtime/read-onnx.ts';

/** How Grad-CAM is computed without a gradient: one weight for each channel of a feature map and each class. */
export interface ActivationMap {
  /** The map's name in an ONNX file, if the features are its average; undefined if the features are the map. */
  readonly tensor?: string;
  /** [K, C]: the mean gradient of a class' score by a channel. */
  readonly weights: Float32Array;
}

/**
 * Gives the weights by which the channels of a feature map speak for each class, if nothing but a weighted sum lies
 * between them: then the mean gradient of Grad-CAM is the mean weight over the positions, the same for every picture.
 * @returns undefined for heads with hidden layers, and features that are neither a map nor the average of one
 */
export function activationMap(classifier: Classifier): ActivationMap | undefined {
  const { backbone, classNames } = classifier;
  const { before, scores } = headParts(classifier);
  const kinds = before.map(({ kind }) => kind);
  if (kinds.some((kind) => kind !== 'Flatten' && kind !== 'GlobalAveragePooling2D')) return undefined;
  const k = classNames.length;
  const isMap = backbone.outputShape.length === 3;
  const channels = backbone.outputShape.at(-1)!;
  const tensor = isMap ? undefined : averagedMap(classifier);
  if (!isMap && tensor === undefined) return undefined;
  // [positions, C, K] → [K, C]
  const positions = scores.kernel.length / (channels * k);
  const weights = new Float32Array(k * channels);
  for (let p = 0, at = 0; p < positions; p++)
    for (let c = 0; c < channels; c++)
      for (let o = 0; o < k; o++, at++) weights[o * channels + c] += scores.kernel[at] / positions;
  return { weights, ...(tensor !== undefined && { tensor }) };
}

function averagedMap({ backbone: { file, cut } }: Classifier): string | undefined {
  if (!file || file.end.pooling === 'max') return undefined;
  const { model } = reopenOnnxFile(file);
  const map = file.end.shape.length === 3 ? cut : mapBehind(model, cut);
  return map !== undefined && layoutMade(model, map) === 'NCHW' ? map : undefined;
}
