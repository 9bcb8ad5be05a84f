import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Features } from '../features/features.ts';
import { hashOf } from '../storage/files/hash.ts';
import { DEFAULTS, OF_TRAINING } from '../options/options.mjs';
import { removeLeftovers } from '../storage/files/put.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type FitOptions, withDefaults } from './fit-options.ts';
import type { Epoch, History } from './history.ts';
import type { Trainer } from './steps/trainer.ts';

interface Kept {
  readonly history: readonly Epoch[];
  readonly best: { readonly epoch: number; readonly loss: number };
  readonly stopped?: History['stopped'];
}

/**
 * Opens the training's state in a file: weights, the best epoch's weights, the optimizer's moments. Its key names
 * everything that the training depends on: the head's layers with all their settings, the data's ids and the options;
 * but not the number of epochs, unless the learning rate follows them.
 */
export function openState(
  file: string,
  head: tf.LayersModel,
  { train, validation }: { readonly train: Features; readonly validation?: Features },
  options: FitOptions,
  {
    variables,
    trainer,
    learningRate,
  }: { variables: tf.Variable[]; trainer: Trainer; learningRate: number | undefined },
): {
  load(): Promise<(Kept & { weights: tf.Tensor[] }) | undefined>;
  save(kept: Kept & { best: { weights: tf.Tensor[] } }): Promise<void>;
} {
  if (typeof options.optimizer === 'object')
    throw new RangeError('checkpoint: expected the optimizer by name; got one of your own.');
  const { batchSize, seed, schedule, optimizer: name, epochs } = withDefaults(options);
  const { draws, mixup, classWeights, patience, restoreBest } = options;
  const later = laterOptions(options);
  const key = hashOf([
    2, // of the file's format
    head.layers.map((layer) => [layer.getClassName(), layer.outputShape, layer.trainable, configOf(layer)]),
    {
      batchSize,
      seed,
      schedule,
      draws,
      mixup,
      classWeights,
      name,
      learningRate,
      patience,
      restoreBest,
      ...((schedule === 'cosine' || schedule === 'one-cycle') && { epochs }),
      ...later,
    },
    [train.id, validation?.id],
  ]);
  return {
    async load() {
      removeLeftovers(path.dirname(file));
      const found = loadCheckpoint<Kept & { bests: number; moments: string[] }>(file, key);
      if (!found) return undefined;
      const { tensors, state } = found;
      const [own, weights, rest] = [
        tensors.slice(0, variables.length),
        tensors.slice(variables.length, variables.length + state.bests),
        tensors.slice(variables.length + state.bests),
      ];
      variables.forEach((variable, i) => variable.assign(own[i]));
      await trainer.restore(state.moments.map((name, i) => ({ name, tensor: rest[i] })));
      tf.dispose([...own, ...rest]);
      return { ...state, weights };
    },
    async save({ history, best, stopped }) {
      const { epoch, loss } = best;
      await trainer.moments((moments) =>
        saveCheckpoint(file, {
          key,
          state: {
            history,
            best: { epoch, loss },
            stopped,
            bests: best.weights.length,
            moments: moments.map(({ name }) => name),
          },
          tensors: [...variables, ...best.weights, ...moments.map(({ tensor }) => tensor)],
        }),
      );
    },
  };
}

/** The options that stand in the key one by one, as they did before there were others. */
const FIRST: readonly string[] = [
  ...['seed', 'epochs', 'batchSize', 'learningRate', 'optimizer', 'schedule', 'draws', 'mixup', 'classWeights'],
  ...['patience', 'restoreBest'],
];

/** Gives all other options, if they are not as by default: the keys of earlier checkpoints have none of them. */
function laterOptions(options: FitOptions): Readonly<Record<string, unknown>> {
  const defaults: Readonly<Record<string, unknown>> = DEFAULTS;
  const given = OF_TRAINING.filter((name) => !FIRST.includes(name) && options[name] !== (defaults[name] ?? false));
  const { schedule = DEFAULTS.schedule, optimizer } = options;
  return {
    ...Object.fromEntries(given.map((name) => [name, options[name]])),
    // sgd kept its first rate whatever the schedule: a training that began so does not go on with another
    ...(optimizer === 'sgd' && schedule !== 'constant' && { scheduled: true }),
  };
}

/** Gives a layer's settings without its name. */
function configOf(layer: tf.layers.Layer): Record<string, unknown> {
  const { name: _, ...config } = layer.getConfig() as Record<string, unknown>;
  return config;
}
