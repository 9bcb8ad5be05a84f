import { createHash } from 'node:crypto';
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
    throw new Error(`head: expected a Dense layer with softmax at the end; got "${output.name}" (${output.getClassName()}, ${String(output.getConfig().activation)}).`);
  }
  return { hidden: head.layers.slice(1, -1), output, classes: (output.outputShape as number[]).at(-1)! };
}

/**
 * Runs a head up to its logits. The loss takes logits, as Keras does behind a softmax: log(softmax) of large values
 * would lose them.
 * @param x [b, …] float32
 * @param training names the step, which seeds its dropout; without it nothing is dropped
 * @returns [b, K] float32
 */
export function logits({ hidden, output }: HeadLayers, x: tf.Tensor, training?: string): tf.Tensor2D {
  for (const layer of hidden) {
    if (layer.getClassName() === 'Dropout') {
      if (training !== undefined) x = dropout(x, layer.getConfig().rate as number, `${training}/${layer.name}`);
    } else {
      x = layer.apply(x, { training: training !== undefined }) as tf.Tensor;
    }
  }
  const [kernel, bias] = output.weights.map((weight) => weight.read());
  const product = tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D);
  return (bias ? product.add(bias) : product) as tf.Tensor2D;
}

/**
 * Inverted dropout (Srivastava et al., 2014) whose mask depends on its seed only, on any backend. TensorFlow.js' own
 * layer drops the same places in every step once it has a seed.
 */
function dropout(x: tf.Tensor, rate: number, seed: string): tf.Tensor {
  const mask = dropoutMask(x.size, rate, seed);
  return x.mul(tf.tensor(mask, x.shape));
}

/** @returns `size` values, 0 with probability `rate`, else 1 / (1 − rate) */
export function dropoutMask(size: number, rate: number, seed: string): Float32Array {
  const mask = new Float32Array(size);
  const kept = 1 / (1 - rate);
  const limit = rate * 2 ** 32;
  const start = createHash('sha256').update(seed).digest();
  // sfc32 (C. Doty-Humphrey, PractRand), in line: a step of 128 × 4,096 draws half a million numbers
  let a = start.readInt32LE(0);
  let b = start.readInt32LE(4);
  let c = start.readInt32LE(8);
  let counter = 1;
  for (let i = 0; i < size; i++) {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    if (t >>> 0 >= limit) mask[i] = kept;
  }
  return mask;
}
