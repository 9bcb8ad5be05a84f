import { loadSoftmaxCode, type SoftmaxCode } from './code.ts';

/** The shape of a softmax layer's training. */
export interface CoreShape {
  /** D features of an image, K classes. */
  readonly length: number;
  readonly classes: number;
  /** Whether an average of the weights is kept. */
  readonly averages: boolean;
}

/** Where the parts of a training lie in a WebAssembly memory: byte offsets. Rows of features lie behind `end`. */
export interface CoreLayout extends CoreShape {
  /** How many vectors of four classes a row of weights has, and how many numbers. */
  readonly vectors: number;
  readonly width: number;
  /** How many numbers the weights have, each moment, the gradient; the bias is their last row. */
  readonly size: number;
  readonly weights: number;
  readonly first: number;
  readonly second: number;
  readonly gradient: number;
  readonly scores: number;
  readonly bits: number;
  readonly kept: number;
  /** The average of the weights; undefined if none is kept. */
  readonly average?: number;
  readonly end: number;
}

/** Lays out a training's memory. */
export function layoutOf({ length, classes, averages }: CoreShape): CoreLayout {
  const vectors = Math.ceil(classes / 4);
  const width = 4 * vectors;
  const size = (length + 1) * width;
  let end = 0;
  const room = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const [weights, first, second, gradient] = [room(4 * size), room(4 * size), room(4 * size), room(4 * size)];
  const [scores, bits, kept] = [room(4 * width), room(2 * length), room(8 * (length + 1))];
  const average = averages ? room(4 * size) : undefined;
  const parts = { weights, first, second, gradient, scores, bits, kept };
  return { length, classes, averages, vectors, width, size, ...parts, ...(average !== undefined && { average }), end };
}

/** How a step of it goes. */
export interface CoreOptions {
  /** Share of the features that is dropped, 0..1. */
  readonly dropout: number;
  /** The factor by which the sum of the kernel's squares is added to the loss. */
  readonly l2: number;
  /** Whether there is a bias that trains. */
  readonly bias: boolean;
  readonly classWeights?: ArrayLike<number>;
  readonly labelSmoothing?: number;
  readonly emaMomentum?: number;
}

/** The numbers of Adam or AdamW for a step; a schedule sets the rate. */
export interface AdamNumbers {
  readonly weightDecay: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
}

/** Rows without their zeros, in the memory. */
export interface CoreRows {
  /** Gives the offset of an image's pairs, in bytes. */
  at(image: number): number;
  /** Gives the number of its pairs. */
  count(image: number): number;
}

/** A softmax layer that trains: nothing of Node.js or TensorFlow.js, so a page trains by it too. */
export interface SoftmaxCore {
  /** Steps so far; set when a training is taken up again. */
  steps: number;
  /** Puts [D, K] and [K] into a part of the memory, in padded rows. */
  put(at: number, matrix: Float32Array, vector?: Float32Array): void;
  /** Takes them from there. */
  take(at: number): { readonly matrix: Float32Array; readonly vector: Float32Array };
  /**
   * Does a step on some images.
   * @param bits gives the next 16-bit random numbers for Dropout
   * @returns their mean loss, and how many were right
   */
  step(
    images: ArrayLike<number>,
    labels: ArrayLike<number>,
    numbers: AdamNumbers,
    bits?: (count: number) => Uint16Array,
  ): { readonly loss: number; readonly right: number };
}

/**
 * How many random numbers for Dropout are made at once: few calls for narrow rows, the processor's cache for wide ones.
 */
const BITS_AT_ONCE = 32_768;

/** The epsilon of Keras' Adam. */
const EPSILON = 1e-7;

/**
 * Makes a training in a memory.
 * @param code the WebAssembly, loaded with this memory @default loaded here
 */
export function softmaxCore(
  layout: CoreLayout,
  rows: CoreRows,
  memory: WebAssembly.Memory,
  { dropout, l2, bias, classWeights, labelSmoothing = 0, emaMomentum }: CoreOptions,
  code: SoftmaxCode = loadSoftmaxCode(memory),
): SoftmaxCore {
  const { length, classes, vectors, width, size, weights, first, second, gradient, scores, bits, kept } = layout;
  const { average } = layout;
  const view = (at: number, count: number): Float32Array => new Float32Array(memory.buffer, at, count);
  const score = view(scores, width);
  const biasOf = (at: number): Float32Array => view(at + 4 * length * width, width);
  const [biasWeights, biasGradient] = [biasOf(weights), biasOf(gradient)];
  const bitsOfRow = new Uint16Array(memory.buffer, bits, length);
  const limit = Math.round(dropout * 65_536);
  const atOnce = Math.max(1, Math.floor(BITS_AT_ONCE / length)); // images
  const probability = new Float64Array(classes);

  /** Adds one image's share to the gradient. @returns its loss, and whether it was right */
  function learn(image: number, label: number, images: number, mask: Uint16Array | undefined): [number, boolean] {
    let [pairs, count] = [rows.at(image), rows.count(image)];
    if (mask) {
      bitsOfRow.set(mask);
      count = code.drop(pairs, count, bits, limit, 1 / (1 - dropout), kept);
      pairs = kept;
    }
    score.set(biasWeights);
    code.forward(pairs, count, weights, scores, vectors);
    let best = 0;
    for (let k = 1; k < classes; k++) if (score[k] > score[best]) best = k;
    const largest = score[best];
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += probability[k] = Math.exp(score[k] - largest);
    const weight = classWeights?.[label] ?? 1;
    const [others, own] = [labelSmoothing / classes, 1 - labelSmoothing];
    let said = own * score[label];
    if (others) for (let k = 0; k < classes; k++) said += others * score[k];
    const loss = weight * (Math.log(sum) + largest - said);
    for (let k = 0; k < classes; k++)
      score[k] = (weight * (probability[k] / sum - (k === label ? own + others : others))) / images;
    code.backward(pairs, count, scores, gradient, vectors);
    if (bias) for (let k = 0; k < classes; k++) biasGradient[k] += score[k];
    return [loss, best === label];
  }

  const core: SoftmaxCore = {
    steps: 0,
    put(at, matrix, vector) {
      const padded = view(at, size);
      for (let row = 0; row < length; row++)
        padded.set(matrix.subarray(row * classes, (row + 1) * classes), row * width);
      if (vector) padded.set(vector, length * width);
    },
    take(at) {
      const padded = view(at, size);
      const matrix = new Float32Array(length * classes);
      for (let row = 0; row < length; row++)
        matrix.set(padded.subarray(row * width, row * width + classes), row * classes);
      return { matrix, vector: padded.slice(length * width, length * width + classes) };
    },
    step(indices, labels, { learningRate, beta1, beta2, weightDecay }, next) {
      const images = indices.length;
      let masks: Uint16Array | undefined;
      let [loss, right] = [0, 0];
      for (let i = 0; i < images; i++) {
        const at = i % atOnce;
        if (!at) masks = next?.(Math.min(atOnce, images - i) * length);
        const mask = masks?.subarray(at * length, (at + 1) * length);
        const [own, hit] = learn(indices[i], labels[i], images, mask);
        loss += own;
        right += Number(hit);
      }
      const penalty = l2 ? l2 * code.squares(length * width, weights) : 0;
      core.steps++;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** core.steps)) / (1 - beta1 ** core.steps);
      const matrix = 4 * length * width;
      const shrink = weightDecay * learningRate;
      code.adam(length * width, weights, first, second, gradient, rate, 1 - beta1, 1 - beta2, EPSILON, 2 * l2, shrink);
      const [w, m, v, g] = [weights, first, second, gradient].map((at) => at + matrix);
      code.adam(width, w, m, v, g, rate, 1 - beta1, 1 - beta2, EPSILON, 0, 0);
      // the average begins with the weights after the first step
      const stay = core.steps > 1 ? emaMomentum! : 0;
      if (average !== undefined) code.average(size, average, weights, stay, 1 - stay);
      return { loss: loss / images + penalty, right };
    },
  };
  return core;
}
