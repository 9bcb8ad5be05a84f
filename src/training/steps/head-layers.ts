import type * as tf from '@tensorflow/tfjs';
import { type Wiring, wiringOf } from '../../models/wiring.ts';

/** The layers of a head after its input; the last one is a Dense with softmax. */
export interface HeadLayers {
  /** The layers in the order in which they run; `output` takes the last one's output. */
  readonly hidden: Wiring;
  readonly output: tf.layers.Layer;
  /** The number of classes, K. */
  readonly classes: number;
}

/**
 * Gives the layers of a head that can be trained as a classifier.
 * @throws Error if it does not end in a Dense with softmax
 */
export function headLayers(head: tf.LayersModel): HeadLayers {
  const output = head.layers.at(-1)!;
  if (output.getClassName() !== 'Dense' || output.getConfig().activation !== 'softmax') {
    throw new Error(
      `head: expected a Dense layer with softmax at the end; got "${output.name}" (${output.getClassName()}, ${output.getConfig().activation as string}).`,
    );
  }
  return { hidden: wiringOf(head).slice(0, -1), output, classes: (output.outputShape as number[]).at(-1)! };
}
