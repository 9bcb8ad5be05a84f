import type * as tf from '@tensorflow/tfjs';
import type { LayerLibrary } from '../layer-library.ts';
import { mobileNetV2 } from './mobilenet-v2.ts';
import type { Architecture } from './networks.ts';
import { releaseWithLayers } from '../release.ts';
import { resnet } from './resnet.ts';
import { withKerasSummary } from '../summary.ts';
import { vgg } from './vgg.ts';

/**
 * Builds a network of any widths. Without its top, a network whose classifier takes averages ends with the averages
 * (Keras' `include_top=False, pooling='avg'`), VGG with its last pool.
 * @param library what the layers are built with: `tf`, or plain layers
 * @param options.zero weights of 0 instead of Glorot's random ones, because a file's values will replace them
 */
export function buildNetwork(
  library: LayerLibrary,
  name: string,
  architecture: Architecture,
  {
    top = true,
    inputSize = architecture.inputSize,
    zero = false,
  }: { readonly top?: boolean; readonly inputSize?: number; readonly zero?: boolean } = {},
): tf.LayersModel {
  if (!Number.isInteger(inputSize) || inputSize < 32 || inputSize % 32 !== 0) {
    throw new RangeError(`inputSize: expected a multiple of 32 pixels; got ${inputSize}.`);
  }
  if (top && inputSize !== architecture.inputSize && !isAveraged(architecture)) {
    throw new RangeError(
      `inputSize: with its top ${name} takes ${architecture.inputSize} pixels; got ${inputSize}. Use { top: false } for other sizes.`,
    );
  }
  const options = { top, kernelInitializer: zero ? ('zeros' as const) : ('glorotUniform' as const) };
  const input = library.input({ shape: [inputSize, inputSize, 3], name: 'input_layer' });
  const output = layersOf(library, input, architecture, options);
  const model = library.model({ inputs: input, outputs: output, name: name.replaceAll('-', '_') });
  return releaseWithLayers(withKerasSummary(model));
}

/** Whether a network's classifier takes averages over the picture, whatever its size. */
export const isAveraged = ({ family }: Architecture): boolean => family !== 'vgg';

/** Gives the number of inputs that the layer `predictions` takes. */
export function topInputs(of: Architecture): number {
  switch (of.family) {
    case 'vgg':
      return of.units;
    case 'resnet':
      return 4 * of.widths.at(-1)!;
    case 'mobilenet-v2':
      return of.last;
  }
}

function layersOf(
  library: LayerLibrary,
  input: tf.SymbolicTensor,
  of: Architecture,
  options: Parameters<typeof vgg>[3],
): tf.SymbolicTensor {
  switch (of.family) {
    case 'vgg':
      return vgg(library, input, of, options);
    case 'resnet':
      return resnet(library, input, of, options);
    case 'mobilenet-v2':
      return mobileNetV2(library, input, of, options);
  }
}
