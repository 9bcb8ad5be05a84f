import type * as tf from '@tensorflow/tfjs';
import { type BackboneName, type BackboneOptions, defaultBackbone, loadBackbone } from '../backbones/load-backbone.ts';
import type { ExtractOptions } from '../features/extract.ts';
import type { FileBackbone } from '../models/file-backbone.ts';

/** Which network to use, by the table of options. */
export interface OpenNetworkOptions extends Pick<
  BackboneOptions,
  'cut' | 'pooling' | 'fast' | 'layout' | 'cutLayout' | 'interpolation'
> {
  /**
   * A network by name, or an ONNX file. @default for photos efficientnet-lite0; for pictures up to 64 pixels vgg19 if
   * its weights are found, else vgg16
   */
  readonly backbone?: BackboneName;
  /** Height and width of the network's input; for VGG only without its top. @default the network's own */
  readonly inputSize?: number;
  /** What the network sees. @default what it was trained with */
  readonly preprocess?: ExtractOptions['preprocess'];
}

export type Network = tf.LayersModel | FileBackbone;

/**
 * Opens the network that an experiment names.
 * @param images the pictures by which it is chosen if none is named
 */
export function openNetwork(
  { backbone, cut, pooling, inputSize, fast, layout, cutLayout, interpolation, preprocess }: OpenNetworkOptions,
  images: { readonly imageSize: readonly [number, number] },
): Promise<Network> {
  const size = inputSize;
  return loadBackbone(backbone ?? defaultBackbone(images), {
    ...{ cut, pooling, size, fast, layout, cutLayout, interpolation, preprocess },
  });
}
