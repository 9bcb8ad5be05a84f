import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { randomBitsOf } from '../../random-bits.ts';
import type { FitOptions } from '../fit-options.ts';
import { asTrained, isTrained } from '../steps/averaged-weights.ts';
import type { StepOptions } from '../steps/step.ts';
import type { Moment, StepResult, Trainer } from '../steps/trainer.ts';
import { loadSoftmaxCode } from './code.ts';
import { softmaxHead } from './softmax-head.ts';
import { leave, PAGE, PAGES, sparseRows, takeOver } from './sparse-rows.ts';

/** The numbers of {@link tf.AdamOptimizer} that a step reads; a schedule sets the rate. */
interface AdamNumbers {
  readonly weightDecay: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
}

/**
 * How many random numbers for Dropout are made at once: few calls for narrow rows, the processor's cache for wide ones.
 */
const BITS_AT_ONCE = 32_768;

/** The epsilon of Keras' Adam. */
const EPSILON = 1e-7;

/**
 * Trains Dropout and a softmax layer by Adam or AdamW in WebAssembly, on rows without their zeros: it does in one pass
 * over each row and one over the weights what TensorFlow.js does in some thirty operations on dense rows. The masks of
 * Dropout, the order of images and the rate are those of {@link tensorflowTrainer}; results differ in the last bits.
 * @returns undefined if the training is another one: another head or optimizer, mixup, several views, a GPU, or more
 *   features than are held in memory
 * @throws DamagedRow if features turn out to be damaged
 */
export async function softmaxTrainer(
  { layers, optimizer, variables, mixup, classWeights, labelSmoothing = 0, emaMomentum }: StepOptions,
  of: Features,
  { optimizer: named = 'adam' }: Pick<FitOptions, 'optimizer'> = {},
): Promise<Trainer | undefined> {
  const head = softmaxHead(layers, variables, of);
  if (!head || (named !== 'adam' && named !== 'adamw') || mixup || of.views > 1 || of.rowsOfEpoch) return undefined;
  if ((await useTensorFlow()).device === 'GPU') return undefined;

  const { kernel, bias, dropout, position, l2 } = head;
  const { classes } = layers;
  const length = kernel.shape[0];
  const vectors = Math.ceil(classes / 4);
  const width = 4 * vectors;
  const size = (length + 1) * width; // of weights, each moment, the gradient; the bias is their last row
  let from = 0;
  const room = (bytes: number): number => {
    const at = from;
    from += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const [weights, first, second, gradient] = [room(4 * size), room(4 * size), room(4 * size), room(4 * size)];
  const [scores, bits, kept] = [room(4 * width), room(2 * length), room(8 * (length + 1))];
  const averages = emaMomentum === undefined ? undefined : room(4 * size);
  const before = takeOver(of, from);
  const memory = before?.memory ?? new WebAssembly.Memory({ initial: Math.ceil(from / PAGE), maximum: PAGES });
  if (before) new Uint8Array(memory.buffer, 0, from).fill(0);
  const code = loadSoftmaxCode(memory);
  const compress = (row: Float32Array, out: number): number => {
    new Float32Array(memory.buffer, kept, length).set(row);
    return code.compress(kept, length, out);
  };
  const rows = before?.rows ?? (await sparseRows(of, memory, from, compress));
  if (!rows) return undefined;
  const view = (at: number, count: number): Float32Array => new Float32Array(memory.buffer, at, count);
  const score = view(scores, width);
  const biasOf = (at: number): Float32Array => view(at + 4 * length * width, width);
  const [biasWeights, biasGradient] = [biasOf(weights), biasOf(gradient)];
  const bitsOfRow = new Uint16Array(memory.buffer, bits, length);
  const numbers = optimizer as unknown as AdamNumbers;
  const limit = Math.round(dropout * 65_536);
  const atOnce = Math.max(1, Math.floor(BITS_AT_ONCE / length)); // images
  const probability = new Float64Array(classes);
  let steps = 0;

  /** Puts [D, K] and [K] into padded rows, or takes them from there. */
  const put = (at: number, matrix: Float32Array, vector?: Float32Array): void => {
    const padded = view(at, size);
    for (let row = 0; row < length; row++) padded.set(matrix.subarray(row * classes, (row + 1) * classes), row * width);
    if (vector) padded.set(vector, length * width);
  };
  const take = (at: number): { matrix: tf.Tensor; vector: tf.Tensor } => {
    const padded = view(at, size);
    const matrix = new Float32Array(length * classes);
    for (let row = 0; row < length; row++)
      matrix.set(padded.subarray(row * width, row * width + classes), row * classes);
    return {
      matrix: tf.tensor(matrix, [length, classes]),
      vector: tf.tensor(padded.slice(length * width, length * width + classes)),
    };
  };
  const begin = (): void => put(weights, kernel.dataSync<'float32'>(), bias?.dataSync<'float32'>());
  begin();

  /** Adds one image's share to the gradient. @returns its loss, and whether it was right */
  function learn(image: number, label: number, images: number, mask: Uint16Array | undefined): [number, boolean] {
    let [pairs, count] = [rows!.at(image), rows!.count(image)];
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

  function step(indices: Int32Array, labels: Int32Array, seed: string): StepResult {
    const images = indices.length;
    const next = dropout ? randomBitsOf(`${seed}/${position}`) : undefined;
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
    const { learningRate, beta1, beta2, weightDecay } = numbers;
    steps++;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
    const matrix = 4 * length * width;
    const shrink = weightDecay * learningRate;
    code.adam(length * width, weights, first, second, gradient, rate, 1 - beta1, 1 - beta2, EPSILON, 2 * l2, shrink);
    const [w, m, v, g] = [weights, first, second, gradient].map((at) => at + matrix);
    code.adam(width, w, m, v, g, rate, 1 - beta1, 1 - beta2, EPSILON, 0, 0);
    // the average begins with the weights after the first step
    const stay = steps > 1 ? emaMomentum! : 0;
    if (averages) code.average(size, averages, weights, stay, 1 - stay);
    return { loss: loss / images + penalty, right };
  }

  return {
    ofEpoch: () => step,
    end: () => leave(of, { memory, from, rows }),
    settle() {
      const { matrix, vector } = take(averages && steps ? averages : weights);
      kernel.assign(matrix);
      bias?.assign(vector);
      tf.dispose([matrix, vector]);
    },
    moments(use) {
      const [m, v] = [take(first), take(second)];
      const named = (name: string, { matrix, vector }: typeof m): Moment[] => [
        { name: `${kernel.name}/${name}`, tensor: matrix },
        ...(bias ? [{ name: `${bias.name}/${name}`, tensor: vector }] : []),
      ];
      const iterations = tf.scalar(steps, 'int32');
      const w = averages && steps ? take(weights) : undefined;
      const trained = w ? asTrained(bias ? [w.matrix, w.vector] : [w.matrix]) : [];
      use([{ name: 'iter', tensor: iterations }, ...named('m', m), ...named('v', v), ...trained]);
      tf.dispose([iterations, m.matrix, m.vector, v.matrix, v.vector, w?.matrix ?? [], w?.vector ?? []]);
    },
    async restore(moments) {
      begin();
      const [matrix, vector] = moments.filter(isTrained).map(({ tensor }) => tensor);
      if (averages && matrix) {
        code.average(size, averages, weights, 0, 1); // which the variables have
        put(weights, matrix.dataSync<'float32'>(), vector?.dataSync<'float32'>());
      }
      const [iterations, ...rest] = moments.filter((one) => !isTrained(one)).map(({ tensor }) => tensor);
      steps = (await iterations.data())[0];
      const each = bias ? 2 : 1;
      for (const [i, at] of [first, second].entries()) {
        const [matrix, vector] = rest.slice(i * each, (i + 1) * each);
        if (matrix) put(at, matrix.dataSync<'float32'>(), vector?.dataSync<'float32'>());
      }
    },
  };
}
