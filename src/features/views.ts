import type * as tf from '@tensorflow/tfjs';
import { augmented, type ViewOptions } from '../data/augmented.ts';
import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { checkSameClasses } from '../data/same-classes.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { progressOf } from '../host/progress.ts';
import { type Backbone, backboneOf } from '../models/backbone.ts';
import { type AugmentOptions, checkAugment } from '../pixels/augment.ts';
import { WARP_INTERPOLATIONS } from '../pixels/warp.ts';
import { sha256 } from '../storage/files/hash.ts';
import { joinVersions } from '../storage/rows/versions.ts';
import { extractFeatures, type ExtractOptions } from './extract.ts';
import { createFeatures, type Features, shapeText } from './features.ts';

export interface ViewsOptions extends ExtractOptions, Pick<ViewOptions, 'seed'> {
  /** V, views of each image. The backbone runs V × N times, once for all. */
  readonly views: number;
  /** Whether the first view is the image as it is. @default false */
  readonly original?: boolean;
  /**
   * Where geometry and upscaling happen: `network` draws each view at the network's size, in one resampling with
   * `interpolation`; `picture` warps the small picture (bilinear), which is then upscaled. @default 'picture'
   */
  readonly warp?: 'picture' | 'network';
}

/** Features of several views of each image, one set for each. */
export interface FeatureViews extends Features {
  readonly each: readonly Features[];
}

/**
 * Runs the backbone once over V augmented views of each image and keeps the features, as {@link extractFeatures} does.
 * `fit` then draws one view of each image in every epoch; `evaluate` takes the mean of the results of all views;
 * everything else that reads features takes the mean over all views of an image.
 * @param how what may happen to a picture, as in Keras' ImageDataGenerator
 * @example
 * const views = await extractViews(base, images.train, { horizontalFlip: true }, { views: 2 });
 */
export async function extractViews(
  backbone: tf.LayersModel | Backbone,
  given: Dataset,
  how: AugmentOptions,
  { views: count, original = false, seed, warp = 'picture', progress, ...extract }: ViewsOptions,
): Promise<FeatureViews> {
  checkAugment(how);
  checkOptions('extractViews', { ...extract, views: count, seed });
  if (warp !== 'picture' && warp !== 'network')
    throw new RangeError(`warp: expected picture or network; got "${String(warp)}".`);
  const { input } = backboneOf(backbone, extract);
  const images = asNetworkTakes(given, input);
  const size = warp === 'network' ? input.size : undefined;
  const { interpolation: own } = input;
  const placeable = WARP_INTERPOLATIONS.find((one) => one === own);
  const interpolation = (size !== undefined && placeable) || 'bilinear';
  const bar = progressOf(progress);
  const each: Features[] = [];
  let of: string | undefined; // of the first view: a bar says it once
  for (let view = 0; view < count; view++) {
    const drawn = original && view === 0 ? images : augmented(images, how, { seed, view, size, interpolation });
    const onProgress: ExtractOptions['progress'] =
      bar &&
      ((p) =>
        bar({
          ...p,
          label: `${p.label}, view ${view + 1} of ${count}`,
          ...((of ??= p.of) && { of }),
          done: view * images.n + p.done,
          total: count * images.n,
        }));
    each.push(await extractFeatures(backbone, drawn, { ...extract, progress: onProgress ?? false }));
  }
  return joinViews(each, images.name);
}

/**
 * Takes the first few of the views that were extracted.
 * @throws RangeError saying what it would cost to extract the others, if more are asked for
 * @example
 * const views = await extractViews(base, images.train, { rotationRange: 15 }, { views: 2 });
 * const one = firstViews(views, 1);
 */
export function firstViews({ each, name }: FeatureViews, count: number): FeatureViews {
  if (!Number.isInteger(count) || count < 1 || count > each.length) {
    const [n] = each[0].shape;
    const missing = (count - each.length) * n;
    const known = each.flatMap(({ origin }) => (origin && origin.cached < n ? [origin] : []));
    const computed = known.reduce((sum, { cached }) => sum + n - cached, 0);
    const seconds = known.reduce((sum, origin) => sum + origin.seconds, 0);
    const cost = computed
      ? `, about ${Math.ceil((missing / computed) * seconds)} s at the speed of the views that are there`
      : '';
    const more =
      count > each.length
        ? ` extractViews(backbone, images, how, { views: ${count} }) adds the others: ${missing.toLocaleString('en-US')} images${cost}.`
        : '';
    throw new RangeError(`views: expected 1 to ${each.length}, which are extracted; got ${count}.${more}`);
  }
  return joinViews(each.slice(0, count), name);
}

/** Joins views that were extracted one by one. */
export function joinViews(each: readonly Features[], name = each[0]?.name): FeatureViews {
  const [first] = each;
  const length = first.shape.slice(1).reduce((a, b) => a * b, 1);
  const odd = each.find(
    (view) => view.shape.join() !== first.shape.join() || view.labels.join() !== first.labels.join(),
  );
  for (const view of each.slice(1)) checkSameClasses('views', first, view);
  if (odd)
    throw new RangeError(
      `views: expected features of the same images, ${shapeText(first.shape)} of ${first.name}; got ${shapeText(odd.shape)} of ${odd.name}.`,
    );
  const joined = createFeatures({
    ...first,
    id: each.length === 1 ? first.id : sha256('views\n', ...each.map(({ id }) => id)),
    name,
    views: each.length,
    ...(first.versionsAt && {
      versionsAt: (indices) => joinVersions(each.flatMap((view) => view.versionsAt?.(indices) ?? [])),
    }),
    async rows(indices, views) {
      if (!views) return first.rows(indices); // there is only one
      const out = new Float32Array(indices.length * length);
      for (const [view, features] of each.entries()) {
        const positions = Array.from(views, (v, i) => (v === view ? i : -1)).filter((i) => i >= 0);
        if (!positions.length) continue;
        const rows = await features.rows(positions.map((i) => indices[i]));
        positions.forEach((position, i) => out.set(rows.subarray(i * length, (i + 1) * length), position * length));
      }
      return out;
    },
    close: () => each.forEach((view) => view.close()),
  });
  // a copy with other rows, like that of pickFeatures, does not consist of these
  return Object.defineProperty(joined, 'each', { value: each }) as FeatureViews;
}
