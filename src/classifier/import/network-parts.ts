import type * as tf from '@tensorflow/tfjs';
import { cutWith } from '../../models/cut.ts';
import { plainLayers } from '../../models/plain/plain-layers.ts';
import { flatWiringOf } from '../../models/wiring.ts';
import { networkFile } from '../../onnx/file/network-file.ts';
import type { SoftmaxWeights } from './imported-network.ts';

/**
 * Splits a network of plain layers into what makes features and the softmax behind it.
 * @returns the first as an ONNX file, and the weights of the second
 * @throws Error, without a file's name, saying that it does not end in a Dense with softmax
 */
export function networkParts(model: tf.LayersModel): { readonly file: Uint8Array; readonly softmax: SoftmaxWeights } {
  const wires = flatWiringOf(model);
  const last = wires.at(-1);
  const kindOf = (wire: typeof last): string => wire?.layer.getClassName() ?? '';
  const activationOf = (wire: typeof last): unknown => wire?.layer.getConfig().activation;
  const apart = kindOf(last) === 'Activation' && activationOf(last) === 'softmax';
  const at = apart ? last!.inputs[0] : wires.length - 1;
  const dense = wires[at];
  const right = kindOf(dense) === 'Dense' && activationOf(dense) === (apart ? 'linear' : 'softmax');
  const from = dense && wires[dense.inputs[0]];
  if (!right || !from || from.output.shape.length !== 2)
    throw new Error(
      `expected a Dense with softmax at its end, behind a vector; it ends in "${last?.layer.name}" (${kindOf(last)}, ${JSON.stringify(activationOf(last))})`,
    );
  const [kernel, bias] = dense.layer.getWeights();
  const [inputs, classes] = kernel.shape;
  return {
    file: networkFile(cutWith(plainLayers, model, [from.layer.name])),
    softmax: {
      inputs,
      classes,
      kernel: kernel.dataSync<'float32'>(),
      bias: bias?.dataSync<'float32'>() ?? new Float32Array(classes),
    },
  };
}
