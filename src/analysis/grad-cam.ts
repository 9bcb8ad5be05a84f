import * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { networkInput } from '../pixels/network-input.ts';
import type { Classifier } from '../classifier/saved.ts';
import { headLayers, logits } from '../training/forward.ts';

/** Where a classifier looked, for one image and one class. */
export interface ClassActivation {
  /** [H, W] float32, 0..1, row-major; all 0 where nothing spoke for the class. */
  readonly map: Float32Array;
  /** Of the layer: [14, 14] for block5_conv3 of VGG16. */
  readonly size: readonly [height: number, width: number];
  /** The class it speaks for, 0..K-1. */
  readonly classIndex: number;
  /** Of that class, 0..1. */
  readonly probability: number;
}

/**
 * Grad-CAM (R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", 2017): the
 * channels of a convolution, each weighted by the mean gradient of a class' score (before the softmax), summed, positive part.
 * @param classifier backbone and head, as they were trained
 * @param images [N, H, W, 3] uint8; runs in TensorFlow.js, one after the other
 * @param options.layer a convolution of backbone or head @default the last one
 * @param options.classes of each image, what to explain @default what the classifier says
 * @throws RangeError naming the convolutions there are
 */
export function gradCam(
  { backbone, head, kernel, preprocess }: Pick<Classifier, 'backbone' | 'head' | 'kernel' | 'preprocess'>,
  images: Images,
  { layer, classes }: { readonly layer?: string; readonly classes?: ArrayLike<number> } = {},
): ClassActivation[] {
  const [n, height, width] = images.shape;
  const ends = headLayers(head);
  const before = backbone.layers.slice(1);
  const chain = [...before, ...ends.hidden];
  const convolutions = chain.filter((candidate) => candidate.getClassName() === 'Conv2D').map(({ name }) => name);
  const at = chain.findIndex(({ name }) => name === (layer ?? convolutions.at(-1)));
  if (at < 0 || !convolutions.includes(chain[at].name)) throw new RangeError(`layer: expected one of ${convolutions.join(', ')}; got "${layer}".`);
  if (classes && classes.length !== n) throw new RangeError(`classes: expected one for each of ${n} images; got ${classes.length}.`);
  const size = (backbone.inputs[0].shape as number[])[1];
  const found: ClassActivation[] = [];
  for (let i = 0; i < n; i++) {
    const pixels = images.pixels.subarray(i * height * width * 3, (i + 1) * height * width * 3);
    let activation: tf.Tensor = networkInput(pixels, [1, height, width], { size, kernel, preprocess });
    for (const step of chain.slice(0, at + 1)) {
      const next = tf.tidy(() => step.apply(activation) as tf.Tensor);
      activation.dispose();
      activation = next;
    }
    const [map, probabilities, wanted] = tf.tidy((): tf.Tensor[] => {
      const rest = (a: tf.Tensor): tf.Tensor2D => logits({ ...ends, hidden: chain.slice(at + 1) }, a);
      const scores = rest(activation);
      const k = classes?.[i] ?? scores.argMax(1).dataSync()[0];
      const gradient = tf.grad((a: tf.Tensor) => rest(a).slice([0, k], [1, 1]).sum())(activation);
      const cam = activation
        .mul(gradient.mean([1, 2], true))
        .sum(3)
        .relu();
      return [cam.div(cam.max().maximum(1e-12)), tf.softmax(scores), tf.scalar(k, 'int32')];
    });
    const [, h, w] = activation.shape;
    const [values, shares, [classIndex]] = [map, probabilities, wanted].map((tensor) => tensor.dataSync());
    tf.dispose([activation, map, probabilities, wanted]);
    found.push({ map: values as Float32Array, size: [h, w], classIndex, probability: shares[classIndex] });
  }
  return found;
}
