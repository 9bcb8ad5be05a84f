import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { createFeatures, type Features } from '../features/features.ts';
import { checkFinite, finiteRows } from '../features/finite.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { factsOf, inheritFacts, noteSeen, seenBy } from '../models/facts.ts';
import { fingerprint } from '../models/fingerprint.ts';
import type { HeadOptions } from '../models/head.ts';
import { loadNetwork } from '../models/networks/network.ts';
import type { NetworkName } from '../models/networks/networks.ts';
import { splitModel, splitLayers } from '../models/split.ts';
import { freeze, withHead } from '../models/surgery.ts';
import type { Model } from '../models/model.ts';
import { sha256 } from '../storage/files/hash.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './fit-options.ts';
import { createHistory, type Epoch, type History } from './history.ts';
import { headAndFeatures } from './resolve.ts';

export interface FineTuneOptions extends Omit<
  FitOptions,
  'head' | 'epochs' | 'optimizer' | 'learningRate' | 'onEpoch' | 'restoreBest' | 'patience'
> {
  /** The number of epochs in which only the new layers train. @default 10 */
  readonly headEpochs?: number;
  /** The number of epochs in which everything trains that is not frozen. @default 10 */
  readonly epochs?: number;
  /** The second part's learning rate; low, so that the pretrained weights are bent and not broken. @default 0.0001 */
  readonly learningRate?: number;
  /** The second part's schedule. @default 'one-cycle' */
  readonly schedule?: FitOptions['schedule'];
  /** The name of two files: this one, and the first part's with `.head` added. */
  readonly checkpoint?: string;
  /** Called after every epoch of both parts, which are numbered consecutively. */
  readonly onEpoch?: FitOptions['onEpoch'];
}

export interface FineTuneHistory extends History {
  /** The number of epochs of the first part; those after it trained all layers. */
  readonly headEpochs: number;
}

/**
 * Fine-tunes pretrained layers on features of the cut below them, in two parts: first only the new layers, because
 * random ones would send large gradients into the pretrained ones; then everything that is not frozen, with a low rate
 * (J. Yosinski et al., "How transferable are features in deep neural networks?", 2014). In the first part the
 * pretrained layers run once per image.
 * @param model a whole model, `withHead(freeze(await vgg16(), { upTo: 'block4_pool' }), …)` say, or its head: with
 *   block 5 and the new layers to train
 * @param images a data set, or features at the cut [N, …]
 * @returns the history of both parts; the same seed, data and initial weights give the same
 * @throws Error if no pretrained layer is left to train
 * @example
 * const model = withHead(freeze(await vgg19Mini(), { upTo: 'block4_pool' }), { classes: 10 });
 * const history = await fineTune(model, images.train, { epochs: 1 });
 */
export async function fineTune(
  model: Model,
  images: Dataset | Features,
  options: FineTuneOptions = {},
): Promise<FineTuneHistory> {
  const {
    headEpochs = 10,
    epochs = 10,
    learningRate = 1e-4,
    schedule = 'one-cycle',
    checkpoint,
    onEpoch,
    ...common
  } = options;
  checkOptions('fineTune', options as Readonly<Record<string, unknown>>);
  if (!('layers' in model) && model.backbone.file)
    throw new Error(
      `fineTune: expected pretrained layers that train; ${String(model.backbone)} is an ONNX file, whose weights do not. ` +
        'Train its head with fit, or take a network of layers: vgg16, say.',
    );
  const extract = { signal: common.signal, progress: common.progress, ...common.extract };
  const { head, train, validation } = await headAndFeatures(model, images, {
    what: 'fineTune',
    validation: common.validation,
    extract,
  });
  const pretrained = pretrainedLayers(head);
  if (!pretrained.length) {
    throw new Error(
      `fineTune: expected pretrained layers that train, like block5_conv1; "${head.name}" has none. ` +
        "Build it with withHead(freeze(network, { upTo: 'block4_pool' }), …).",
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
    const { frozen: middle, head: top } = splitLayers(head);
    const above = (of: Features): Features => through(middle, of);
    const judged = validation && above(validation);
    const file = checkpoint && `${checkpoint}.head`;
    first = await fit(top, above(train), {
      ...common,
      epochs: headEpochs,
      validation: judged,
      checkpoint: file,
      ...(onEpoch && { onEpoch: record }),
    });
    noteSeen(head, seenBy(top));
  } finally {
    pretrained.forEach((layer) => (layer.trainable = true));
  }
  // epochs restored from a checkpoint were not reported
  done.splice(0, done.length, ...first.epochs);
  const shift = ({ epoch, ...rest }: Epoch): Epoch => ({ ...rest, epoch: epoch + first.epochs.length });
  const second =
    first.stopped === 'interrupted'
      ? undefined
      : await fit(head, train, {
          ...common,
          validation,
          epochs,
          learningRate,
          schedule,
          checkpoint,
          ...(onEpoch && {
            onEpoch: (epoch, history) => onEpoch(shift(epoch), [...first.epochs, ...history.map(shift)]),
          }),
        });
  if ('layers' in model && model !== head) inheritFacts(model, head);
  const stopped = second ? second.stopped : first.stopped;
  const history = createHistory({
    epochs: [...first.epochs, ...(second?.epochs.map(shift) ?? [])],
    learningRate: second?.learningRate,
    best: first.epochs.length + (second?.best ?? 0),
    ...(stopped && { stopped }),
    seconds: (performance.now() - started) / 1000,
    of: (second ?? first).of,
  });
  return { ...history, headEpochs: first.epochs.length };
}

/** Gives the layers with weights that train and were there before the classifier was added. */
function pretrainedLayers(head: tf.LayersModel): tf.layers.Layer[] {
  const { newLayers = [head.layers.at(-1)!.name] } = factsOf(head) ?? {};
  return head.layers.filter(({ name, trainable, weights }) => !newLayers.includes(name) && trainable && weights.length);
}

/**
 * Loads the layers of a network above a cut, with a classifier on them, all of them trainable.
 * @param cut the layer that the features come from: `block4_pool` leaves block 5
 * @param options `classes` and `dropout`, and the other options of `classifier`
 * @returns a head for features at the cut, with its own weights
 * @example
 * const head = await headAbove('vgg19-mini', 'block4_pool', { classes: 10 });
 */
export async function headAbove(
  network: NetworkName,
  cut: string,
  { inputSize, ...options }: HeadOptions & { readonly inputSize?: number },
): Promise<tf.LayersModel> {
  const { classes, ...others } = options;
  checkOptions('headAbove', { ...others, inputSize, classes: typeof classes === 'object' ? classes.length : classes });
  const whole = await loadNetwork(network, { top: false, inputSize });
  return splitModel(withHead(freeze(whole, { upTo: cut }), options)).head;
}

/** How many images go through the layers at once. */
const BATCH = 64;

/** Gives features after some more layers; they are computed when they are read. */
export function through(layers: tf.LayersModel, of: Features): Features {
  const [n, ...before] = of.shape;
  const shape = (layers.outputs[0].shape as number[]).slice(1);
  const length = shape.reduce((a, b) => a * b, 1);
  const part = (values: ArrayLike<number>, from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => values[from + i]);
  const run = async (
    count: number,
    read: (from: number, to: number) => Promise<Float32Array>,
  ): Promise<Float32Array> => {
    const out = new Float32Array(count * length);
    for (let from = 0; from < count; from += BATCH) {
      const to = Math.min(count, from + BATCH);
      const rows = await read(from, to);
      const output = tf.tidy(() => layers.predict(tf.tensor(rows, [to - from, ...before])) as tf.Tensor);
      out.set(output.dataSync(), from * length);
      output.dispose();
    }
    checkFinite(out, length, () => `what ${of.name} became behind ${layers.layers.at(-1)!.name}`);
    return out;
  };
  return createFeatures({
    ...of,
    id: sha256(of.id, fingerprint(layers)),
    name: `${of.name}, through to ${layers.layers.at(-1)!.name}`,
    shape: [n, ...shape],
    origin: undefined,
    rows: (indices, views) =>
      run(indices.length, (from, to) => finiteRows(of, part(indices, from, to), views && part(views, from, to))),
    ...(of.rowsOfEpoch && {
      rowsOfEpoch: (indices, epoch) =>
        run(indices.length, (from, to) => of.rowsOfEpoch!(part(indices, from, to), epoch)),
    }),
  });
}
