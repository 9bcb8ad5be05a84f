import type { Features } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { loadSoftmaxCode } from '../softmax/code.ts';
import { PAGE, PAGES, sparseRows } from '../softmax/sparse-rows.ts';
import type { Centre } from './centred.ts';
import type { Objective } from './lbfgs.ts';

/** Mean cross-entropy over training features. */
export interface Loss {
  /** Gives it for weights [D + 1, K] of centred features, in nats, with its gradient. */
  readonly at: Objective;
  dispose(): void;
}

/**
 * So many rows are summed in float32, and their sums in float64: long sums would lose the last digits. They are added
 * one by one here, and in parts in TensorFlow's matrix products, so that those may have more (dense-cross-entropy.ts).
 */
const SUMMED = 256;

/**
 * Computes mean cross-entropy and its gradient in WebAssembly, on rows without their zeros. Centring is left to the
 * weights, so that zeros stay: (f − μ) · u · w = f · (u · w) − μ · u · w, with u = 1 / deviation / scale.
 * @param dense [N, D] the features
 * @returns undefined with a GPU, or if there are more features than are held in memory
 */
export async function sparseCrossEntropy(
  dense: Float32Array,
  of: Features,
  { mean, deviation, scale }: Centre,
): Promise<Loss | undefined> {
  if ((await useTensorFlow()).device === 'GPU') return undefined;
  const { labels } = of;
  const [n, d, classes] = [labels.length, rowLength(of), of.classNames.length];
  // they are read in order, some at once
  const held = {
    ...of,
    rows: (some: ArrayLike<number>) => Promise.resolve(dense.subarray(d * some[0], d * (some[0] + some.length))),
  };
  const vectors = Math.ceil(classes / 4);
  const width = 4 * vectors;
  let from = 0;
  const room = (floats: number): number => {
    const at = from;
    from += 16 * Math.ceil(floats / 4);
    return at;
  };
  const [weightsAt, gradientAt, scoresAt, rowAt] = [room(d * width), room(d * width), room(width), room(d)];
  const memory = new WebAssembly.Memory({ initial: Math.ceil(from / PAGE), maximum: PAGES });
  const code = loadSoftmaxCode(memory);
  const rows = await sparseRows(held, memory, from, (row, out) => {
    new Float32Array(memory.buffer, rowAt, d).set(row);
    return code.compress(rowAt, d, out);
  });
  if (!rows) return undefined;
  const view = (at: number, count: number): Float32Array => new Float32Array(memory.buffer, at, count);
  const [scaled, sums, scores] = [view(weightsAt, d * width), view(gradientAt, d * width), view(scoresAt, width)];
  const unit = deviation.map((one) => 1 / one / scale);

  /** Adds one row's share to the sums of the gradient, and puts what is wrong in its scores. @returns its loss */
  function learn(image: number, bias: Float64Array): number {
    const [pairs, count, label] = [rows!.at(image), rows!.count(image), labels[image]];
    scores.fill(0);
    code.forward(pairs, count, weightsAt, scoresAt, vectors);
    let most = -Infinity;
    for (let k = 0; k < classes; k++) most = Math.max(most, (scores[k] += bias[k]));
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(scores[k] - most);
    const loss = Math.log(sum) + most - scores[label];
    for (let k = 0; k < classes; k++) scores[k] = Math.exp(scores[k] - most) / sum - Number(k === label);
    code.backward(pairs, count, scoresAt, gradientAt, vectors);
    return loss;
  }

  const at: Objective = (weights) => {
    const bias = weights.slice(d * classes);
    for (let j = 0, i = 0; j < d; j++) {
      for (let k = 0; k < classes; k++, i++) {
        const w = unit[j] * weights[i];
        scaled[j * width + k] = w;
        bias[k] -= mean[j] * w;
      }
    }
    const gradient = new Float64Array(weights.length);
    const wrong = gradient.subarray(d * classes);
    let loss = 0;
    for (let first = 0; first < n; first += SUMMED) {
      sums.fill(0);
      for (let image = first; image < Math.min(n, first + SUMMED); image++) {
        loss += learn(image, bias);
        for (let k = 0; k < classes; k++) wrong[k] += scores[k];
      }
      for (let j = 0, i = 0; j < d; j++) for (let k = 0; k < classes; k++, i++) gradient[i] += sums[j * width + k];
    }
    for (let j = 0, i = 0; j < d; j++)
      for (let k = 0; k < classes; k++, i++) gradient[i] = (unit[j] * (gradient[i] - mean[j] * wrong[k])) / n;
    for (let k = 0; k < classes; k++) wrong[k] /= n;
    return { value: loss / n, gradient };
  };
  return { at, dispose() {} };
}
