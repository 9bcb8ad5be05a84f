import * as tf from '@tensorflow/tfjs';
import { type Classifier, classifierOf, type Trained } from '../classifier/classifier.ts';
import type { Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { networkInput } from '../pixels/network-input.ts';
import { temperatureOf } from '../training/evaluate.ts';
import { openAveragedMap } from './averaged-map.ts';
import { type HeadLayers, headLayers, logits } from '../training/forward.ts';

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
  /** The convolution it was read at, and the classifier, in words. */
  readonly basis: string;
}

export interface GradCamOptions {
  /** A convolution of backbone or head. @default the last one; of an ONNX file the map that its features average */
  readonly layer?: string;
  /** Of each image, what to explain. @default what the classifier says */
  readonly classes?: ArrayLike<number>;
  /** Ends it after the image in flight. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Grad-CAM (R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
 * 2017): the channels of a convolution, each weighted by the mean gradient of a class' score (before the softmax),
 * summed, positive part.
 * @param model a classifier, or a model that was trained
 *   a backbone from an ONNX file has to be cut at the average of a feature map, which is then what is looked at
 * @param images N pictures, one after the other; layers run in TensorFlow.js, in float32
 * @returns one for each image
 * @throws RangeError naming the convolutions there are; the signal's reason when aborted
 */
export async function gradCam(
  model: Trained,
  images: Dataset,
  { layer, classes, signal = cellSignal() }: GradCamOptions = {},
): Promise<ClassActivation[]> {
  const classifier = classifierOf(model);
  if (classes && classes.length !== images.n)
    throw new RangeError(`classes: expected one for each of ${images.n} images; got ${classes.length}.`);
  await useTensorFlow();
  const source = await openSource(classifier, images, layer);
  const basis = `Grad-CAM of ${source.name}; ${String(classifier)}`;
  const found: ClassActivation[] = [];
  try {
    for (let i = 0; i < images.n; i++) {
      signal?.throwIfAborted();
      const activation = await source.run(await images.at([i]));
      try {
        found.push({
          ...(await explain(source.above, activation, classes?.[i], temperatureOf(classifier.head))),
          basis,
        });
      } finally {
        activation.dispose();
      }
      await tf.nextFrame(); // lets a Stop through
    }
  } finally {
    await source.close();
  }
  return found;
}

/** What gives the activation of an image, and the layers above it. */
interface Source {
  readonly name: string;
  readonly above: HeadLayers;
  /** @param image [1, H, W, 3] uint8 @returns [1, H, W, C], which belongs to the caller */
  run(image: Uint8Array): Promise<tf.Tensor>;
  close(): Promise<void>;
}

async function openSource({ backbone, head }: Classifier, images: Dataset, layer: string | undefined): Promise<Source> {
  const ends = headLayers(head);
  if (backbone.file) {
    const map = await openAveragedMap(backbone, images.imageSize);
    if (layer !== undefined && layer !== map.name) {
      await map.close();
      throw new RangeError(
        `layer: expected ${map.name}, the one feature map that is known of an ONNX file; got "${layer}".`,
      );
    }
    return { ...map, above: { ...ends, hidden: [tf.layers.globalAveragePooling2d({}), ...ends.hidden] } };
  }
  const chain = [...backbone.model.layers.slice(1), ...ends.hidden];
  const convolutions = chain.filter((one) => one.getClassName() === 'Conv2D').map(({ name }) => name);
  const wanted = layer ?? convolutions.at(-1);
  const at = chain.findIndex(({ name }) => name === wanted);
  if (at < 0 || !convolutions.includes(chain[at].name))
    throw new RangeError(`layer: expected one of ${convolutions.join(', ')}; got "${layer}".`);
  return {
    name: chain[at].name,
    above: { ...ends, hidden: chain.slice(at + 1) },
    run: (image) =>
      Promise.resolve(
        runThrough(chain.slice(0, at + 1), networkInput(image, [1, ...images.imageSize], backbone.input)),
      ),
    close: () => Promise.resolve(),
  };
}

/**
 * Runs layers one after the other; what is between them is given back at once.
 * @param x is given back too
 * @returns [1, H, W, C], which belongs to the caller
 */
function runThrough(layers: readonly tf.layers.Layer[], x: tf.Tensor): tf.Tensor {
  for (const layer of layers) {
    const next = tf.tidy(() => layer.apply(x) as tf.Tensor);
    x.dispose();
    x = next;
  }
  return x;
}

/**
 * What of an activation speaks for a class.
 * @param above the layers above it
 * @param activation [1, H, W, C]
 * @param asked the class, 0..K-1 @default the most probable one
 * @param temperature what scores are divided by
 */
async function explain(
  above: HeadLayers,
  activation: tf.Tensor,
  asked: number | undefined,
  temperature: number,
): Promise<Omit<ClassActivation, 'basis'>> {
  const shares = tf.tidy(() => tf.softmax(logits(above, activation).div(temperature)));
  const probabilities = await shares.data<'float32'>();
  shares.dispose();
  const classIndex = asked ?? probabilities.indexOf(Math.max(...probabilities));
  const heat = tf.tidy(() => {
    const score = (a: tf.Tensor): tf.Tensor => logits(above, a).slice([0, classIndex], [1, 1]).sum();
    const weights = tf.grad(score)(activation).mean([1, 2], true);
    const cam = activation.mul(weights).sum(3).relu();
    return cam.div(cam.max().maximum(1e-12));
  });
  const map = await heat.data<'float32'>();
  heat.dispose();
  const [, height, width] = activation.shape;
  return { map, size: [height, width], classIndex, probability: probabilities[classIndex] };
}
