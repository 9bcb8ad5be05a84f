import type * as tf from '@tensorflow/tfjs';

/**
 * What layers are built with: TensorFlow.js, whose layers compute and train, or {@link plainLayers}, whose layers only
 * say what they are and keep their weights. Graphs for ONNX Runtime and ids come out the same from both.
 */
export interface LayerLibrary extends Pick<typeof tf, 'input' | 'model' | 'tensor' | 'dispose'> {
  readonly layers: Pick<
    typeof tf.layers,
    | 'activation'
    | 'add'
    | 'batchNormalization'
    | 'concatenate'
    | 'conv2d'
    | 'dense'
    | 'depthwiseConv2d'
    | 'dropout'
    | 'flatten'
    | 'globalAveragePooling2d'
    | 'maxPooling2d'
    | 'reLU'
    | 'zeroPadding2d'
  >;
}

/**
 * Loads TensorFlow.js on its native library; nothing of it is loaded before.
 * @throws Error saying what to install, if it is not there
 */
export async function tensorFlowLayers(): Promise<typeof tf> {
  const { useTensorFlow } = await import('../host/tensorflow.ts');
  await useTensorFlow(); // tensors made before would move
  return import('@tensorflow/tfjs');
}
