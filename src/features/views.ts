import * as tf from '@tensorflow/tfjs';
import { type Images, pick } from '../data/images.ts';
import { augment, type AugmentOptions, augmentSome, checkAugment, type ViewOptions } from '../pixels/augment.ts';
import type { Kernel } from '../pixels/interpolation.ts';
import { networkInput } from '../pixels/network-input.ts';
import type { Preprocessing } from '../pixels/preprocess.ts';
import { extractFeatures, type ExtractOptions } from './extract.ts';
import type { Features } from './read.ts';

/** Features of several augmented views of each image. */
export interface FeatureViews {
  /** [N, …], of one view. */
  readonly shape: readonly number[];
  readonly views: readonly Features[];
  /** The first view's. */
  rows(indices: ArrayLike<number>): Float32Array;
  /**
   * @param indices b images, 0..N-1
   * @param views b views, one for each
   * @returns [b, …] float32
   */
  rowsOfViews(indices: ArrayLike<number>, views: ArrayLike<number>): Float32Array;
  close(): void;
}

export interface ViewsOptions extends ExtractOptions, Omit<ViewOptions, 'view' | 'kernel'> {
  /** V, views of each image. The backbone runs V × N times, once for all. */
  readonly views: number;
  /** The first view is the image as it is. @default false */
  readonly original?: boolean;
}

/** Images that are held in memory at their full size, when geometry and upscaling are one resampling. */
const MOST_COMPOSED = 5000;

/**
 * Runs the backbone once over V augmented views of each image and keeps the features, as {@link extractFeatures} does.
 * `fit` then draws one view of each image in every epoch; `evaluate` takes the mean over all.
 * @param options.size the network's input size makes geometry and upscaling one resampling with `kernel`; without it the
 *   small picture is warped (bilinear) and then upscaled
 */
export async function extractViews(backbone: tf.LayersModel, images: Images, how: AugmentOptions, options: ViewsOptions): Promise<FeatureViews> {
  const { views: count, original = false, seed, size, onProgress, ...extract } = options;
  const n = images.shape[0];
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`views: expected a whole number from 1; got ${count}.`);
  if (size !== undefined && n > MOST_COMPOSED)
    throw new RangeError(`size: expected at most ${MOST_COMPOSED} images where each is drawn at full size; got ${n}.`);
  const kernel = size === undefined || options.kernel === 'nearest' || options.kernel === 'area' ? 'bilinear' : (options.kernel ?? 'bicubic');
  const views: Features[] = [];
  for (let view = 0; view < count; view++) {
    const drawn = original && view === 0 ? images : augment(images, how, { seed, view, size, kernel });
    views.push(
      await extractFeatures(backbone, drawn, {
        ...extract,
        onProgress: onProgress && ((p) => onProgress({ ...p, label: `${p.label}, view ${view + 1} of ${count}`, done: view * n + p.done, total: count * n })),
      }),
    );
  }
  return joinViews(views);
}

/**
 * The first few of the views that were extracted.
 * @throws RangeError saying what it would cost to extract the others, where more are asked for
 */
export function firstViews({ views }: FeatureViews, count: number): FeatureViews {
  if (!Number.isInteger(count) || count < 1 || count > views.length) {
    const [n] = views[0].shape;
    const missing = (count - views.length) * n;
    const [computed, seconds] = views.reduce(([images, s], view) => [images + n - view.cached, s + (view.cached < n ? view.seconds : 0)], [0, 0]);
    const cost = computed ? `, about ${Math.ceil((missing / computed) * seconds)} s at the speed of the views that are there` : '';
    const more =
      count > views.length
        ? ` extractViews(backbone, images, how, { views: ${count} }) adds the others: ${missing.toLocaleString('en-US')} images${cost}.`
        : '';
    throw new RangeError(`views: expected 1 to ${views.length}, which are extracted; got ${count}.${more}`);
  }
  return joinViews(views.slice(0, count));
}

/**
 * Augmented views that are not kept: the backbone runs for every image in every epoch, on a view that is drawn anew. On a GPU
 * this is possible; on a CPU {@link extractViews} costs the backbone's time V times instead of once an epoch.
 * @param backbone runs in TensorFlow.js, in float32
 * @param options.preprocess what the backbone was trained with, say `originOf(backbone)!.preprocess`
 * @returns for `fit`; without an epoch, as for a test, the images as they are
 */
export function liveViews(
  backbone: tf.LayersModel,
  images: Images,
  how: AugmentOptions,
  { seed = 1, kernel = 'bicubic', preprocess }: { readonly seed?: number; readonly kernel?: Kernel; readonly preprocess: Preprocessing },
): LiveViews {
  checkAugment(how);
  const [n, height, width] = images.shape;
  const size = (backbone.inputs[0].shape as number[])[1];
  const run = (pixels: Uint8Array, count: number): Float32Array => {
    const features = tf.tidy(() => {
      const input = networkInput(pixels, [count, height, width], { size, kernel, preprocess });
      return backbone.predict(input, { batchSize: count }) as tf.Tensor;
    });
    const values = features.dataSync() as Float32Array;
    features.dispose();
    return values;
  };
  return {
    shape: [n, ...(backbone.outputs[0].shape as number[]).slice(1)],
    rows: (indices) => run(pick(images, indices).pixels, indices.length),
    rowsOfEpoch: (indices, epoch) => run(augmentSome(images, indices, how, { seed, view: epoch }), indices.length),
  };
}

/** Features that are computed when they are read. */
export interface LiveViews {
  /** [N, …] */
  readonly shape: readonly number[];
  /** Of the images as they are: [b, …] float32. */
  rows(indices: ArrayLike<number>): Float32Array;
  /** Of the view that belongs to an epoch: [b, …] float32. */
  rowsOfEpoch(indices: ArrayLike<number>, epoch: number): Float32Array;
}

/** Views that were extracted one by one, as one. */
export function joinViews(views: readonly Features[]): FeatureViews {
  const [{ shape }] = views;
  const length = shape.slice(1).reduce((a, b) => a * b, 1);
  const odd = views.find((view) => view.shape.join() !== shape.join());
  if (odd) throw new RangeError(`views: expected features of one shape, [${shape.join(', ')}]; got [${odd.shape.join(', ')}].`);
  return {
    shape,
    views,
    rows: (indices) => views[0].rows(indices),
    rowsOfViews(indices, which) {
      const out = new Float32Array(indices.length * length);
      views.forEach((features, view) => {
        const places = Array.from(which, (v, i) => (v === view ? i : -1)).filter((i) => i >= 0);
        if (!places.length) return;
        const rows = features.rows(places.map((i) => indices[i]));
        places.forEach((place, i) => out.set(rows.subarray(i * length, (i + 1) * length), place * length));
      });
      return out;
    },
    close: () => views.forEach((view) => view.close()),
  };
}
