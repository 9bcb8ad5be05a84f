import * as tf from '@tensorflow/tfjs';
import type { Classifier } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { listed } from '../text/listed.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { applyLayer, behind, bottlenecks, runWiring, type Wiring, wiringOf } from '../models/wiring.ts';
import type { Model } from '../models/model.ts';
import { networkInput } from '../pixels/network-input.ts';
import { temperatureOf } from '../models/facts.ts';
import { openAveragedMap } from './averaged-map.ts';
import { logits } from '../training/steps/forward.ts';
import { type HeadLayers, headLayers } from '../training/steps/head-layers.ts';

/** Where a classifier looked, for one image and one class. */
export interface ClassActivation {
  /** [H, W] float32, 0..1, row-major; all 0 if nothing spoke for the class. */
  readonly map: Float32Array;
  /** Size of the layer: [14, 14] for block5_conv3 of VGG16. */
  readonly size: readonly [height: number, width: number];
  /** The class it speaks for, 0..K-1. */
  readonly classIndex: number;
  /** Its name in the classifier: the pictures' own classes may differ. */
  readonly className?: string;
  /** Probability of that class, 0..1. */
  readonly probability: number;
  /** The layer that was read, and the classifier, in words. */
  readonly basis: string;
}

export interface GradCamOptions {
  /**
   * A layer of the backbone or the head through whose output everything passes as a picture: a convolution, or the end
   * of a residual block. @default the last one before the pictures are pooled; for an ONNX file the map that its
   * features average
   */
  readonly layer?: string;
  /** The class to explain for each image. @default what the classifier says */
  readonly classes?: ArrayLike<number>;
  /** Ends it after the current image. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/**
 * Computes Grad-CAM (R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
 * Localization", 2017): the channels of a convolution, each weighted by the mean gradient of a class' score (before the
 * softmax), summed, positive part.
 * @param model a classifier, or a model that was trained
 *   a backbone from an ONNX file has to be cut at the average of a feature map, which is then what is looked at
 * @param images N pictures, one after the other; layers run in TensorFlow.js, in float32
 * @returns one for each image
 * @throws RangeError listing the layers it has; the signal's reason when aborted
 * @example
 * const maps = await gradCam(model, take(images.test, 4));
 */
export async function gradCam(
  model: Model,
  given: Dataset,
  { layer, classes, signal = cellSignal() }: GradCamOptions = {},
): Promise<ClassActivation[]> {
  const classifier = classifierOf(model);
  const images = asNetworkTakes(given, classifier.backbone.input);
  if (classes && classes.length !== images.n)
    throw new RangeError(`classes: expected one for each of ${images.n} images; got ${classes.length}.`);
  const { classNames } = classifier;
  const bad = Array.from(classes ?? []).find((k) => !(Number.isInteger(k) && k >= 0 && k < classNames.length));
  if (bad !== undefined)
    throw new RangeError(
      `classes: expected whole numbers from 0 to ${classNames.length - 1} (${listed(classNames)}); got ${bad}.`,
    );
  await useTensorFlow();
  const source = await openSource(classifier, images, layer);
  const basis = `Grad-CAM of ${source.name}; ${String(classifier)}`;
  const found: ClassActivation[] = [];
  try {
    for (let i = 0; i < images.n; i++) {
      signal?.throwIfAborted();
      const activation = await source.run(await images.at([i]));
      try {
        const one = await explain(source.above, activation, classes?.[i], temperatureOf(classifier.head));
        found.push({ ...one, className: classNames[one.classIndex], basis });
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
    return { ...map, above: { ...ends, hidden: averaged(ends.hidden) } };
  }
  const lower = wiringOf(backbone.model);
  const wires = [
    ...lower,
    ...ends.hidden.map(({ layer: one, inputs }) => ({ layer: one, inputs: inputs.map((k) => k + lower.length) })),
  ];
  const maps = bottlenecks(wires).filter((i) => isMap(wires[i].layer));
  const at = layer === undefined ? maps.at(-1) : maps.find((i) => wires[i].layer.name === layer);
  if (at === undefined)
    throw new RangeError(
      `layer: expected one of ${maps.map((i) => wires[i].layer.name).join(', ') || 'its convolutions (it has none)'}; got "${layer}".`,
    );
  return {
    name: wires[at].layer.name,
    above: { ...ends, hidden: behind(wires, at) },
    run: (image) =>
      Promise.resolve(
        runThrough(wires.slice(0, at + 1), networkInput(image, [1, ...images.imageSize], backbone.input)),
      ),
    close: () => Promise.resolve(),
  };
}

/** Makes a head that takes a feature map, where the given one takes the map's average. */
const averaged = (hidden: Wiring): Wiring => [
  { layer: tf.layers.globalAveragePooling2d({}), inputs: [-1] },
  ...hidden.map(({ layer, inputs }) => ({ layer, inputs: inputs.map((k) => k + 1) })),
];

/** Layers whose outputs are maps of features, before they are pooled. */
const MAPS = new Set(['Conv2D', 'DepthwiseConv2D', 'BatchNormalization', 'Activation', 'ReLU', 'Add']);
const isMap = (layer: tf.layers.Layer): boolean =>
  MAPS.has(layer.getClassName()) && (layer.outputShape as number[]).length === 4;

/**
 * Runs layers, and frees what lies between them as soon as nothing needs it any more.
 * @param x is freed too
 * @returns [1, H, W, C], which belongs to the caller
 */
function runThrough(wires: Wiring, x: tf.Tensor): tf.Tensor {
  const uses = new Map<tf.Tensor, number>();
  const count = wires.map((_, i) => wires.filter(({ inputs }) => inputs.includes(i)).length);
  uses.set(x, wires.filter(({ inputs }) => inputs.includes(-1)).length);
  return runWiring(wires, x, (layer, inputs, position) => {
    const output = tf.tidy(() => applyLayer(layer, inputs));
    uses.set(output, count[position]);
    for (const one of new Set(inputs)) {
      const left = uses.get(one)! - 1;
      uses.set(one, left);
      if (!left) one.dispose();
    }
    return output;
  });
}

/**
 * Computes which parts of an activation speak for a class.
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
): Promise<Omit<ClassActivation, 'basis' | 'className'>> {
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
