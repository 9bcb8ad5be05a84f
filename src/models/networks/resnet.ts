import type * as tf from '@tensorflow/tfjs';
import type { LayerLibrary } from '../layer-library.ts';
import type { ResNetArchitecture } from './networks.ts';

/**
 * Builds ResNet's layers, first version (keras/src/applications/resnet.py): stacks `conv2` … `conv5` of bottleneck
 * blocks, each convolution with a bias and batch normalization, then `avg_pool`.
 * @param library what the layers are built with
 * @param x [n, S, S, 3]
 * @param options.kernelInitializer the initializer of every kernel
 * @param options.top whether `predictions` is included
 * @returns [n, 4 · the last width], or [n, K] with the top
 */
export function resnet(
  { layers }: LayerLibrary,
  x: tf.SymbolicTensor,
  { stem, blocks, widths, classes }: ResNetArchitecture,
  { top, kernelInitializer }: { readonly top: boolean; readonly kernelInitializer: 'zeros' | 'glorotUniform' },
): tf.SymbolicTensor {
  type Convolution = {
    readonly filters: number;
    readonly size: number;
    readonly strides?: number;
    readonly same?: boolean;
  };
  const apply = (layer: tf.layers.Layer, to: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor =>
    layer.apply(to) as tf.SymbolicTensor;
  const convolution = (to: tf.SymbolicTensor, name: string, of: Convolution): tf.SymbolicTensor => {
    const { filters, size: kernelSize, strides = 1, same } = of;
    const padding = same ? 'same' : 'valid';
    const y = apply(
      layers.conv2d({ name: `${name}_conv`, filters, kernelSize, strides, padding, kernelInitializer }),
      to,
    );
    return apply(layers.batchNormalization({ name: `${name}_bn`, axis: 3, epsilon: 1.001e-5 }), y);
  };
  const relu = (to: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
    apply(layers.activation({ name, activation: 'relu' }), to);
  const pad = (name: string, by: number): tf.layers.Layer =>
    layers.zeroPadding2d({
      name,
      padding: [
        [by, by],
        [by, by],
      ],
    });

  x = apply(pad('conv1_pad', 3), x);
  x = relu(convolution(x, 'conv1', { filters: stem, size: 7, strides: 2 }), 'conv1_relu');
  x = apply(layers.maxPooling2d({ name: 'pool1_pool', poolSize: 3, strides: 2 }), apply(pad('pool1_pad', 1), x));
  blocks.forEach((count, s) => {
    const filters = widths[s];
    for (let b = 1; b <= count; b++) {
      const name = `conv${s + 2}_block${b}`;
      const strides = b === 1 && s > 0 ? 2 : 1;
      const shortcut = b === 1 ? convolution(x, `${name}_0`, { filters: 4 * filters, size: 1, strides }) : x;
      let y = relu(convolution(x, `${name}_1`, { filters, size: 1, strides }), `${name}_1_relu`);
      y = relu(convolution(y, `${name}_2`, { filters, size: 3, same: true }), `${name}_2_relu`);
      y = convolution(y, `${name}_3`, { filters: 4 * filters, size: 1 });
      x = relu(apply(layers.add({ name: `${name}_add` }), [shortcut, y]), `${name}_out`);
    }
  });
  x = apply(layers.globalAveragePooling2d({ name: 'avg_pool' }), x);
  return top
    ? apply(layers.dense({ name: 'predictions', units: classes, activation: 'softmax', kernelInitializer }), x)
    : x;
}
