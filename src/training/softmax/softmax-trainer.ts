import * as tf from '@tensorflow/tfjs';
import type { Features } from '../../features/features.ts';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { randomBitsOf } from '../../random-bits.ts';
import type { FitOptions } from '../fit-options.ts';
import { asTrained, isTrained } from '../steps/averaged-weights.ts';
import type { StepOptions } from '../steps/step.ts';
import type { Moment, StepResult, Trainer } from '../steps/trainer.ts';
import { loadSoftmaxCode } from './code.ts';
import { type AdamNumbers, layoutOf, softmaxCore } from './softmax-core.ts';
import { softmaxHead } from './softmax-head.ts';
import { leave, PAGE, PAGES, sparseRows, takeOver } from './sparse-rows.ts';

/**
 * Trains Dropout and a softmax layer by Adam or AdamW in WebAssembly, on rows without their zeros: it does in one pass
 * over each row and one over the weights what TensorFlow.js does in some thirty operations on dense rows. The masks of
 * Dropout, the order of images and the rate are those of {@link tensorflowTrainer}; results differ in the last bits.
 * @returns undefined if the training is another one: another head or optimizer, mixup, several views, a GPU, or more
 *   features than are held in memory
 * @throws DamagedRow if features turn out to be damaged
 */
export async function softmaxTrainer(
  { layers, optimizer, variables, mixup, classWeights, labelSmoothing, emaMomentum }: StepOptions,
  of: Features,
  { optimizer: named = 'adam' }: Pick<FitOptions, 'optimizer'> = {},
): Promise<Trainer | undefined> {
  const head = softmaxHead(layers, variables, of);
  if (!head || (named !== 'adam' && named !== 'adamw') || mixup || of.views > 1 || of.rowsOfEpoch) return undefined;
  if ((await useTensorFlow()).device === 'GPU') return undefined;

  const { kernel, bias, dropout, position, l2 } = head;
  const { classes } = layers;
  const length = kernel.shape[0];
  const layout = layoutOf({ length, classes, averages: emaMomentum !== undefined });
  const { weights, first, second, average, kept, end: from } = layout;
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
  const how = { dropout, l2, bias: bias !== undefined, classWeights, labelSmoothing, emaMomentum };
  const core = softmaxCore(layout, rows, memory, how, code);
  const numbers = optimizer as unknown as AdamNumbers;
  const take = (at: number): { matrix: tf.Tensor; vector: tf.Tensor } => {
    const { matrix, vector } = core.take(at);
    return { matrix: tf.tensor(matrix, [length, classes]), vector: tf.tensor(vector) };
  };
  const begin = (): void => core.put(weights, kernel.dataSync<'float32'>(), bias?.dataSync<'float32'>());
  begin();

  function step(indices: Int32Array, labels: Int32Array, seed: string): StepResult {
    return core.step(indices, labels, numbers, dropout ? randomBitsOf(`${seed}/${position}`) : undefined);
  }

  return {
    ofEpoch: () => step,
    end: () => leave(of, { memory, from, rows }),
    settle() {
      const { matrix, vector } = take(average !== undefined && core.steps ? average : weights);
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
      const iterations = tf.scalar(core.steps, 'int32');
      const w = average !== undefined && core.steps ? take(weights) : undefined;
      const trained = w ? asTrained(bias ? [w.matrix, w.vector] : [w.matrix]) : [];
      use([{ name: 'iter', tensor: iterations }, ...named('m', m), ...named('v', v), ...trained]);
      tf.dispose([iterations, m.matrix, m.vector, v.matrix, v.vector, w?.matrix ?? [], w?.vector ?? []]);
    },
    async restore(moments) {
      begin();
      const [matrix, vector] = moments.filter(isTrained).map(({ tensor }) => tensor);
      if (average !== undefined && matrix) {
        code.average(layout.size, average, weights, 0, 1); // which the variables have
        core.put(weights, matrix.dataSync<'float32'>(), vector?.dataSync<'float32'>());
      }
      const [iterations, ...rest] = moments.filter((one) => !isTrained(one)).map(({ tensor }) => tensor);
      core.steps = (await iterations.data())[0];
      const each = bias ? 2 : 1;
      for (const [i, at] of [first, second].entries()) {
        const [matrix, vector] = rest.slice(i * each, (i + 1) * each);
        if (matrix) core.put(at, matrix.dataSync<'float32'>(), vector?.dataSync<'float32'>());
      }
    },
  };
}
