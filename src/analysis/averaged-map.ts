import * as tf from '@tensorflow/tfjs';
import type { FileBackbone } from '../models/file-backbone.ts';
import { mapBehind } from '../onnx/cut-candidates.ts';
import { onnxBackbone } from '../backbones/onnx-backbone.ts';
import { reopenOnnxFile } from '../runtime/read-onnx.ts';
import { chooseEngine, openBackbone } from '../runtime/running.ts';

/** A feature map whose average is what a backbone gives as features. */
export interface AveragedMap {
  /** Name of the tensor. */
  readonly name: string;
  /** @param image [1, H, W, 3] uint8 @returns [1, H, W, C] float32, which belongs to the caller */
  run(image: Uint8Array): Promise<tf.Tensor4D>;
  close(): Promise<void>;
}

/**
 * Opens the feature map behind a backbone from an ONNX file, if its features are the average of that map. Grad-CAM
 * needs this, since the way from the map to the features is then known.
 * @throws Error if they are something else
 */
export async function openAveragedMap(
  backbone: FileBackbone,
  imageSize: readonly [height: number, width: number],
): Promise<AveragedMap> {
  const { cut, input, file } = backbone;
  const { model } = reopenOnnxFile(file);
  const name = file.end.shape.length === 3 && file.end.pooling === 'avg' ? cut : mapBehind(model, cut);
  if (!name || file.end.pooling === 'max')
    throw new Error(
      `gradCam: expected a network of layers, or an ONNX file whose features are the average of a feature map; ${String(backbone)} gives something else. ` +
        'Cut it at its global average, or at the feature map before it.',
    );
  const { size, preprocess, interpolation } = input;
  const map = await onnxBackbone(file.path, {
    cut: name,
    pooling: 'none',
    cutLayout: name === cut ? file.end.layout : undefined,
    input: { size, preprocess, interpolation, layout: file.layout, entry: file.entry },
  });
  const running = await openBackbone(map, { engine: await chooseEngine('auto', map), imageSize });
  return {
    name,
    async run(image) {
      const values = await running.run(image, 1);
      return tf.tensor4d(values, [1, ...map.outputShape] as [number, number, number, number]);
    },
    close: () => running.close(),
  };
}
