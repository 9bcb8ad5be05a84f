import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { augment, type AugmentOptions, type ViewOptions } from '../images/augment.ts';
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
