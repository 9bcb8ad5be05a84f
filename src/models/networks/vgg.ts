import type * as tf from '@tensorflow/tfjs';
import type { LayerLibrary } from '../layer-library.ts';
import type { VggArchitecture } from './networks.ts';

/**
 * Builds VGG's layers (keras/src/applications/vgg19.py): 3×3 convolutions in five blocks, `flatten`, `fc1`, `fc2`.
 * @param library what the layers are built with
 * @param x [n, S, S, 3]
 * @param options.kernelInitializer the initializer of every kernel
 * @param options.top whether the fully connected layers and `predictions` are included
 * @returns [n, S / 32, S / 32, C], or [n, K] with the top
 */
export function vgg(
  { layers }: LayerLibrary,
  x: tf.SymbolicTensor,
  { convolutions, widths, units, classes }: VggArchitecture,
  { top, kernelInitializer }: { readonly top: boolean; readonly kernelInitializer: 'zeros' | 'glorotUniform' },
): tf.SymbolicTensor {
  const relu = { activation: 'relu', kernelInitializer } as const;
  const add = (layer: tf.layers.Layer): void => {
    x = layer.apply(x) as tf.SymbolicTensor;
  };
  convolutions.forEach((count, b) => {
    for (let k = 1; k <= count; k++) {
      add(
        layers.conv2d({
          name: `block${b + 1}_conv${k}`,
          filters: widths[b],
          kernelSize: 3,
          padding: 'same',
          ...relu,
        }),
      );
    }
    add(layers.maxPooling2d({ name: `block${b + 1}_pool`, poolSize: 2, strides: 2 }));
  });
  if (top) {
    add(layers.flatten({ name: 'flatten' }));
    add(layers.dense({ name: 'fc1', units, ...relu }));
    add(layers.dense({ name: 'fc2', units, ...relu }));
    add(layers.dense({ name: 'predictions', units: classes, activation: 'softmax', kernelInitializer }));
  }
  return x;
}
