import * as tf from '@tensorflow/tfjs';
import type { Architecture } from './networks.ts';
import { releaseWithLayers } from './release.ts';
import { withKerasSummary } from './summary.ts';

/**
 * Builds a VGG network of any widths.
 * @param options.zero weights of 0 instead of Glorot's random ones, because a file's values come next
 */
export function buildNetwork(
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
  if (top && inputSize !== architecture.inputSize) {
    throw new RangeError(
      `inputSize: with its top ${name} takes ${architecture.inputSize} pixels; got ${inputSize}. Use { top: false } for other sizes.`,
    );
  }
  const kernelInitializer = zero ? ('zeros' as const) : ('glorotUniform' as const);
  const relu = { activation: 'relu', kernelInitializer } as const;
  const input = tf.input({ shape: [inputSize, inputSize, 3], name: 'input_layer' });
  let x = input;
  const add = (layer: tf.layers.Layer): void => {
    x = layer.apply(x) as tf.SymbolicTensor;
  };
  architecture.convolutions.forEach((count, b) => {
    for (let k = 1; k <= count; k++) {
      add(
        tf.layers.conv2d({
          name: `block${b + 1}_conv${k}`,
          filters: architecture.widths[b],
          kernelSize: 3,
          padding: 'same',
          ...relu,
        }),
      );
    }
    add(tf.layers.maxPooling2d({ name: `block${b + 1}_pool`, poolSize: 2, strides: 2 }));
  });
  if (top) {
    add(tf.layers.flatten({ name: 'flatten' }));
    add(tf.layers.dense({ name: 'fc1', units: architecture.units, ...relu }));
    add(tf.layers.dense({ name: 'fc2', units: architecture.units, ...relu }));
    add(
      tf.layers.dense({ name: 'predictions', units: architecture.classes, activation: 'softmax', kernelInitializer }),
    );
  }
  return releaseWithLayers(withKerasSummary(tf.model({ inputs: input, outputs: x, name: name.replaceAll('-', '_') })));
}
