import * as tf from '@tensorflow/tfjs';
import { split } from '../models/split.ts';
import type { NetworkName } from '../models/networks.ts';
import { loadNetwork } from '../models/network.ts';
import { classifier, freeze } from '../models/surgery.ts';
import type { LabelledFeatures } from './data.ts';
import { type Epoch, fit, type FitOptions, type History } from './fit.ts';
import type { HeadOptions } from '../models/head.ts';

export interface FineTuneOptions extends Omit<FitOptions, 'epochs' | 'optimizer' | 'learningRate' | 'onEpoch' | 'restoreBest' | 'patience'> {
  /** Epochs in which only the new layers train. @default 10 */
  readonly headEpochs?: number;
  /** Epochs in which everything trains that is not frozen. @default 10 */
  readonly epochs?: number;
  /** Of the second part; low, so that the pretrained weights are bent and not broken. @default 0.0001 */
  readonly learningRate?: number;
  /** Of the second part. @default 'one-cycle' */
  readonly schedule?: FitOptions['schedule'];
  /** Two files: this one, and the first part's with `.head` behind it. */
  readonly checkpoint?: string;
  /** Called after every epoch of both parts, numbered through. */
  readonly onEpoch?: FitOptions['onEpoch'];
}

export interface FineTuneHistory extends History {
  /** Epochs of the first part; those after it trained all layers. */
  readonly headEpochs: number;
}

/** Layers with these names come from a VGG network. */
const PRETRAINED = /^(block\d+_(conv\d+|pool)|flatten|fc[12])$/;

/**
 * Fine-tunes pretrained layers on features of the cut below them, in two parts: first the new layers alone, because random
 * ones would send large gradients into the pretrained ones; then all that is not frozen, with a low rate (J. Yosinski et al.,
 * "How transferable are features in deep neural networks?", 2014). In the first part the pretrained layers run once per image.
 * @param head `split(classifier(freeze(network, { upTo: 'block4_pool' }), …)).head`, with block 5 and the new layers to train
 * @param data features at the cut [N, …] and labels [N]
 * @returns the history of both parts; the same seed, data and initial weights give the same
 * @throws Error when no pretrained layer is left to train
 */
export async function fineTune(head: tf.LayersModel, data: LabelledFeatures, options: FineTuneOptions = {}): Promise<FineTuneHistory> {
  const { headEpochs = 10, epochs = 10, learningRate = 1e-4, schedule = 'one-cycle', checkpoint, onEpoch, ...common } = options;
  const pretrained = head.layers.filter(({ name, trainable, weights }) => PRETRAINED.test(name) && trainable && weights.length);
  if (!pretrained.length) {
    throw new Error(
      `fineTune: expected pretrained layers that train, like block5_conv1; "${head.name}" has none. Build it with split(classifier(freeze(network, { upTo: 'block4_pool' }), …)).`,
    );
  }
  const started = performance.now();
  const done: Epoch[] = [];
  const record: FitOptions['onEpoch'] = async (epoch) => {
    done.push({ ...epoch, epoch: done.length + 1 });
    await onEpoch?.(done.at(-1)!, done);
  };
  let first: History;
  try {
    pretrained.forEach((layer) => (layer.trainable = false));
    const { backbone: middle, head: top } = split(head);
    const above = (of: LabelledFeatures): LabelledFeatures => ({ labels: of.labels, features: through(middle, of.features) });
    const validation = common.validation && above(common.validation);
    first = await fit(top, above(data), { ...common, epochs: headEpochs, validation, checkpoint: checkpoint && `${checkpoint}.head`, onEpoch: record });
  } finally {
    pretrained.forEach((layer) => (layer.trainable = true));
  }
  // what a checkpoint brought back was not reported
  done.splice(0, done.length, ...first.epochs);
  const shift = ({ epoch, ...rest }: Epoch): Epoch => ({ ...rest, epoch: epoch + first.epochs.length });
  const second =
    first.stopped === 'interrupted'
      ? undefined
      : await fit(head, data, {
          ...common,
          epochs,
          learningRate,
          schedule,
          checkpoint,
          onEpoch: (epoch, history) => onEpoch?.(shift(epoch), [...first.epochs, ...history.map(shift)]),
        });
  const stopped = second ? second.stopped : first.stopped;
  return {
    epochs: [...first.epochs, ...(second?.epochs.map(shift) ?? [])],
    headEpochs: first.epochs.length,
    learningRate: second?.learningRate,
    best: first.epochs.length + (second?.best ?? 0),
    ...(stopped && { stopped }),
    seconds: (performance.now() - started) / 1000,
  };
}

/**
 * The layers of a network above a cut, with a classifier on them, all to train.
 * @param cut what the features come from: `block4_pool` leaves block 5
 * @param options `classes` and `dropout`, and what else `classifier` takes
 * @returns a head for features at the cut, with weights of its own
 */
export async function headAbove(
  network: NetworkName,
  cut: string,
  { inputSize, ...options }: HeadOptions & { readonly inputSize?: number },
): Promise<tf.LayersModel> {
  const whole = await loadNetwork(network, { top: false, inputSize });
  return split(classifier(freeze(whole, { upTo: cut }), options)).head;
}

/** Images that go through the layers at once. */
const BATCH = 64;

/** What features become behind some more layers; computed when they are read. */
export function through(layers: tf.LayersModel, features: LabelledFeatures['features']): LabelledFeatures['features'] {
  const shape = [features.shape[0], ...(layers.outputs[0].shape as number[]).slice(1)];
  const length = shape.slice(1).reduce((a, b) => a * b, 1);
  const run = (count: number, read: (from: number, to: number) => Float32Array): Float32Array => {
    const out = new Float32Array(count * length);
    for (let from = 0; from < count; from += BATCH) {
      const to = Math.min(count, from + BATCH);
      const output = tf.tidy(() => layers.predict(tf.tensor(read(from, to), [to - from, ...features.shape.slice(1)])) as tf.Tensor);
      out.set(output.dataSync(), from * length);
      output.dispose();
    }
    return out;
  };
  const part = (values: ArrayLike<number>, from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => values[from + i]);
  const { views, rowsOfViews } = features;
  return {
    shape,
    rows: (indices) => run(indices.length, (from, to) => features.rows(part(indices, from, to))),
    ...(views && { views: views.map((view) => ({ ...view, ...through(layers, view) })) }),
    ...(rowsOfViews && { rowsOfViews: (indices, which) => run(indices.length, (from, to) => rowsOfViews(part(indices, from, to), part(which, from, to))) }),
  };
}
