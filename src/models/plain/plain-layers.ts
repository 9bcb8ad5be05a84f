import type * as tf from '@tensorflow/tfjs';
import type { LayerLibrary } from '../layer-library.ts';
import type { Config } from './kinds.ts';
import { PlainLayer, type PlainValue } from './plain-layer.ts';
import { PlainModel } from './plain-model.ts';
import { PlainTensor } from './plain-tensor.ts';

const layer =
  (kind: string) =>
  (config: object = {}): PlainLayer =>
    new PlainLayer(kind, config as Config);

const input = ({ shape, name = 'input' }: { readonly shape: readonly number[]; readonly name?: string }): PlainValue =>
  new PlainLayer('InputLayer', { name, batchInputShape: [null, ...shape] }).apply([]);

/**
 * Layers without TensorFlow.js: enough to name a network, to fill it with weights, to cut it and to turn it into a graph
 * for ONNX Runtime.
 */
export const plainLayers = {
  layers: {
    activation: layer('Activation'),
    add: layer('Add'),
    batchNormalization: layer('BatchNormalization'),
    concatenate: layer('Concatenate'),
    conv2d: layer('Conv2D'),
    dense: layer('Dense'),
    depthwiseConv2d: layer('DepthwiseConv2D'),
    dropout: layer('Dropout'),
    flatten: layer('Flatten'),
    globalAveragePooling2d: layer('GlobalAveragePooling2D'),
    maxPooling2d: layer('MaxPooling2D'),
    reLU: layer('ReLU'),
    zeroPadding2d: layer('ZeroPadding2D'),
  },
  input,
  model: (of: ConstructorParameters<typeof PlainModel>[0]) => new PlainModel(of),
  tensor: (values: ArrayLike<number>, shape: readonly number[]) =>
    new PlainTensor(shape, values instanceof Float32Array ? values : Float32Array.from(values)),
  dispose: () => undefined,
} as unknown as LayerLibrary;

/** Whether a model is one of plain layers. */
export const isPlain = (model: tf.LayersModel): boolean => 'plain' in model;
