import type * as tf from '@tensorflow/tfjs';
import type { LayerLibrary } from '../layer-library.ts';
import type { MobileNetV2Architecture } from './networks.ts';

/**
 * Builds MobileNetV2's layers (keras/src/applications/mobilenet_v2.py): inverted residual blocks, each made of a 1×1
 * convolution that expands, a depthwise 3×3 and a 1×1 that projects, with batch normalization and ReLU6; then an
 * average.
 * @param library what the layers are built with
 * @param x [n, S, S, 3]
 * @param options.kernelInitializer the initializer of every kernel
 * @param options.top whether `predictions` is included
 * @returns [n, C], or [n, K] with the top
 */
export function mobileNetV2(
  { layers }: LayerLibrary,
  x: tf.SymbolicTensor,
  { stem, stages, last, classes }: MobileNetV2Architecture,
  { top, kernelInitializer }: { readonly top: boolean; readonly kernelInitializer: 'zeros' | 'glorotUniform' },
): tf.SymbolicTensor {
  const apply = (layer: tf.layers.Layer, to: tf.SymbolicTensor | tf.SymbolicTensor[] = x): tf.SymbolicTensor =>
    (x = layer.apply(to) as tf.SymbolicTensor);
  const relu6 = (name: string): tf.SymbolicTensor => apply(layers.reLU({ name, maxValue: 6 }));
  const normalize = (name: string): tf.SymbolicTensor =>
    apply(layers.batchNormalization({ name, axis: -1, epsilon: 1e-3, momentum: 0.999 }));
  const convolution = (name: string, filters: number, kernelSize = 1, strides = 1): tf.SymbolicTensor =>
    apply(layers.conv2d({ name, filters, kernelSize, strides, padding: 'same', useBias: false, kernelInitializer }));

  convolution('Conv1', stem, 3, 2);
  normalize('bn_Conv1');
  relu6('Conv1_relu');
  let id = 0;
  for (const [expansion, channels, blocks, firstStride] of stages) {
    for (let b = 0; b < blocks; b++, id++) {
      const stride = b === 0 ? firstStride : 1;
      const before = x;
      const from = before.shape[3]!;
      const name = id ? `block_${id}` : 'expanded_conv';
      if (id) {
        convolution(`${name}_expand`, expansion * from);
        normalize(`${name}_expand_BN`);
        relu6(`${name}_expand_relu`);
      }
      if (stride === 2) apply(layers.zeroPadding2d({ name: `${name}_pad`, padding: halvingPad(x) }));
      apply(
        layers.depthwiseConv2d({
          name: `${name}_depthwise`,
          kernelSize: 3,
          strides: stride,
          useBias: false,
          padding: stride === 1 ? 'same' : 'valid',
          depthwiseInitializer: kernelInitializer,
        }),
      );
      normalize(`${name}_depthwise_BN`);
      relu6(`${name}_depthwise_relu`);
      convolution(`${name}_project`, channels);
      normalize(`${name}_project_BN`);
      if (from === channels && stride === 1) apply(layers.add({ name: `${name}_add` }), [before, x]);
    }
  }
  convolution('Conv_1', last);
  normalize('Conv_1_bn');
  relu6('out_relu');
  apply(layers.globalAveragePooling2d({ name: 'global_average_pooling2d' }));
  return top
    ? apply(layers.dense({ name: 'predictions', units: classes, activation: 'softmax', kernelInitializer }))
    : x;
}

/**
 * Gives the zeros around a picture that a 3×3 with stride 2 halves (`correct_pad` of
 * keras/src/applications/imagenet_utils.py).
 */
function halvingPad({ shape }: tf.SymbolicTensor): [[number, number], [number, number]] {
  const of = (size: number): [number, number] => [size % 2, 1];
  return [of(shape[1]!), of(shape[2]!)];
}
