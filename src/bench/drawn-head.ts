import type * as tf from '@tensorflow/tfjs';
import type { Features } from '../features/features.ts';
import { buildHead } from '../models/head.ts';
import { random } from '../random.ts';
import { openBatches } from '../training/steps/batches.ts';
import { headLayers } from '../training/steps/head-layers.ts';
import { makeOptimizer } from '../training/steps/optimizer.ts';
import { softmaxTrainer } from '../training/softmax/softmax-trainer.ts';
import { tensorflowTrainer } from '../training/steps/tensorflow-trainer.ts';
import type { Trainer } from '../training/steps/trainer.ts';

/** Share of VGG16's block5_pool on CIFAR-10 that is not zero. */
const DENSITY = 0.13;

/** Draws rows of the asked width, [n, width] float32, with as many zeros as VGG's features have. */
export function drawnRows(n: number, width: number, stream: string, seed = 1): Float32Array {
  const draw = random(seed, stream);
  return Float32Array.from({ length: n * width }, () => (draw() < DENSITY ? 3 * draw() : 0));
}

/** A new head, and the two that can train it. */
export interface DrawnHead {
  readonly head: tf.LayersModel;
  /** Opens the one in WebAssembly; undefined if it does not take this head. */
  softmax(train: Features): Promise<Trainer | undefined>;
  tensorflow(train: Features, seed: number): Promise<Trainer>;
  dispose(): void;
}

export function drawnHead(width: number, options: { readonly classes: number; readonly dropout?: number }): DrawnHead {
  const head = buildHead([width], options);
  const variables = head.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = makeOptimizer({}, 1e-4);
  const training = { head, layers: headLayers(head), optimizer, variables, mixup: 0 };
  return {
    head,
    softmax: (train) => softmaxTrainer(training, train),
    tensorflow: async (train, seed) => tensorflowTrainer(training, await openBatches(train), seed),
    dispose() {
      head.dispose();
      optimizer.dispose();
    },
  };
}
