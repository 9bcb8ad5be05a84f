import { createCipheriv, createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';

/** The layers of a head after its input; the last one is a Dense with softmax. */
export interface HeadLayers {
  readonly hidden: readonly tf.layers.Layer[];
  readonly output: tf.layers.Layer;
  /** K. */
  readonly classes: number;
}

/**
 * The layers of a head that can be trained as a classifier.
 * @throws Error when it does not end in a Dense with softmax
 */
export function headLayers(head: tf.LayersModel): HeadLayers {
  const output = head.layers.at(-1)!;
  if (output.getClassName() !== 'Dense' || output.getConfig().activation !== 'softmax') {
    throw new Error(
      `head: expected a Dense layer with softmax at the end; got "${output.name}" (${output.getClassName()}, ${output.getConfig().activation as string}).`,
    );
  }
  return { hidden: head.layers.slice(1, -1), output, classes: (output.outputShape as number[]).at(-1)! };
}

/**
 * Runs a head up to its logits. The loss takes logits, as Keras does behind a softmax: log(softmax) of large values
 * would lose them.
 * @param x [b, …] float32
 * @param training names the step, which seeds its dropout; without it nothing is dropped
 * @param dropped the layer whose dropout is in x already: {@link dropInput}
 * @returns [b, K] float32
 */
export function logits({ hidden, output }: HeadLayers, x: tf.Tensor, training?: string, dropped?: tf.layers.Layer): tf.Tensor2D {
  for (const [i, layer] of hidden.entries()) {
    if (layer === dropped) continue;
    if (layer.getClassName() === 'Dropout') {
      if (training !== undefined) x = dropout(x, layer.getConfig().rate as number, `${training}/${i}`);
    } else {
      x = layer.apply(x, { training: training !== undefined }) as tf.Tensor;
    }
  }
  const [kernel, bias] = output.weights.map((weight) => weight.read());
  const product = tf.matMul(x, kernel);
  return (bias ? product.add(bias) : product) as tf.Tensor2D;
}

/**
 * Drops from the features themselves where Dropout is the head's first layer (after Flatten), before they become a tensor:
 * a mask of its own would be as large as the batch, and go to the native library beside it.
 * @param rows [b, …] float32, which changes
 * @returns the layer that is done, if there is one
 */
export function dropInput({ hidden }: HeadLayers, rows: Float32Array, training: string): tf.layers.Layer | undefined {
  const i = hidden.findIndex((layer) => layer.getClassName() !== 'Flatten');
  if (hidden[i]?.getClassName() !== 'Dropout') return undefined;
  drop(rows, hidden[i].getConfig().rate as number, `${training}/${i}`);
  return hidden[i];
}

/**
 * Inverted dropout (Srivastava et al., 2014) whose mask depends on its seed only, on any backend. TensorFlow.js' own
 * layer drops the same places in every step once it has a seed.
 */
function dropout(x: tf.Tensor, rate: number, seed: string): tf.Tensor {
  const mask = dropoutMask(x.size, rate, seed);
  return x.mul(tf.tensor(mask, x.shape));
}

/**
 * Random bits are AES-128 in counter mode, keyed by the seed: a step of 128 × 4,096 draws half a million numbers, which
 * a generator written in JavaScript takes ten times as long for.
 * @returns `size` values, 0 with probability `rate` (to 1/65,536), else 1 / (1 − rate)
 */
export const dropoutMask = (size: number, rate: number, seed: string): Float32Array => drop(new Float32Array(size).fill(1), rate, seed);

function drop(values: Float32Array, rate: number, seed: string): Float32Array {
  const size = values.length;
  const key = createHash('sha256').update(seed).digest();
  const bytes = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(zeros(2 * size));
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, size);
  const limit = Math.round(rate * 65_536);
  const kept = 1 / (1 - rate);
  // the sign bit instead of a branch, which would be predicted wrong half of the time
  for (let i = 0; i < size; i++) values[i] *= ((limit - 1 - bits[i]) >>> 31) * kept;
  return values;
}

let buffer = new Uint8Array(0);

/** Zeros to be enciphered; the buffer is kept from step to step. */
function zeros(bytes: number): Uint8Array {
  if (buffer.length < bytes) buffer = new Uint8Array(bytes);
  return buffer.subarray(0, bytes);
}

/**
 * Mean cross-entropy of a softmax, with its gradient in closed form, (softmax − target) / b: half of the operations that
 * TensorFlow.js records for its own, each of which costs as much as the arithmetic of a small head.
 * @param logits [b, K]
 * @param target [b, K], rows sum to 1
 */
export const crossEntropy = tf.customGrad((...args) => {
  const [scores, target, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
  const logProbabilities = tf.logSoftmax(scores);
  save([logProbabilities, target]);
  return {
    value: target.mul(logProbabilities).sum().div<tf.Scalar>(-scores.shape[0]),
    gradFunc: (dy: tf.Tensor, [kept, wanted]: tf.Tensor[]) => {
      const gradient = kept.exp().sub(wanted).mul(dy.div(scores.shape[0]));
      return [gradient, tf.zerosLike(wanted)];
    },
  };
}) as (logits: tf.Tensor2D, target: tf.Tensor2D) => tf.Scalar;
