import type * as tf from '@tensorflow/tfjs';
import { convertOperation } from '../convert.ts';
import { encodeOnnx, OPSET } from './format.ts';
import { fuse } from '../fuse.ts';
import { insideFile } from './one-file.ts';

/** The names that a network's input and output have in its file. */
export const [PICTURES, FEATURES] = ['pictures', 'features'];

/**
 * Turns a network of layers into one ONNX file with nothing beside it: `pictures` float32 [n, S, S, 3], prepared as the
 * network takes them → `features` float32, in Keras' layout.
 * @param model [n, S, S, 3] → [n, …], of layers in {@link CONVERTERS}
 * @throws Error naming a layer that cannot be converted
 */
export function networkFile(model: tf.LayersModel): Uint8Array {
  const { build, tensors } = insideFile('', OPSET);
  const shape = (all: readonly tf.SymbolicTensor[]): number[] => all[0].shape.slice(1) as number[];
  const first = build.node('Transpose', [PICTURES], { perm: [0, 3, 1, 2] });
  const outputs: string[] = [];
  for (const operation of fuse(model))
    outputs.push(
      convertOperation(
        build,
        operation,
        operation.inputs.map((k) => (k < 0 ? first : outputs[k])),
      ),
    );
  const end = outputs.at(-1) ?? first;
  const features = shape(model.outputs);
  const last = features.length === 3 ? build.node('Transpose', [end], { perm: [0, 2, 3, 1] }) : end;
  build.node('Identity', [last], {}, FEATURES);
  return encodeOnnx({
    name: model.name,
    inputs: [{ name: PICTURES, type: 'float32', shape: ['n', ...shape(model.inputs)] }],
    outputs: [{ name: FEATURES, type: 'float32', shape: ['n', ...features] }],
    nodes: build.nodes,
    tensors: tensors(),
  });
}
