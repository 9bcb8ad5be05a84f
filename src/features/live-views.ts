import * as tf from '@tensorflow/tfjs';
import { augmented } from '../data/augmented.ts';
import { asNetworkTakes, contentsOf, type Dataset, pick } from '../data/dataset.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { type Backbone, backboneOf, inFloat32 } from '../models/backbone.ts';
import { type AugmentOptions, checkAugment } from '../pixels/augment.ts';
import { networkInput } from '../pixels/network-input.ts';
import { hashOf } from '../storage/files/hash.ts';
import { createFeatures, type Features } from './features.ts';
import { checkFinite, pictureText } from './finite.ts';

/**
 * Makes augmented views that are not kept: the backbone runs for every image in every epoch, on a view that is drawn
 * anew. This is possible on a GPU; on a CPU use `extractViews`, which costs the backbone's time V times instead of once
 * an epoch.
 * @param backbone runs in TensorFlow.js, in float32
 * @returns features for `fit`; without an epoch, as for a test, those of the images as they are
 * @example
 * const views = await liveViews(base, images.train, { horizontalFlip: true });
 * const history = await fit(head, views, { epochs: 2 });
 */
export async function liveViews(
  backbone: tf.LayersModel | Backbone,
  given: Dataset,
  how: AugmentOptions,
  { seed = 1 }: { readonly seed?: number } = {},
): Promise<Features> {
  checkAugment(how);
  checkOptions('liveViews', { seed });
  await useTensorFlow();
  const own = inFloat32(backboneOf(backbone));
  const images = asNetworkTakes(given, own.input);
  const { model } = own;
  if (!model)
    throw new Error(`liveViews: expected a backbone of layers; ${String(own)} is an ONNX file. Use extractViews.`);
  const run = async (some: Dataset): Promise<Float32Array> => {
    const pixels = await some.read(0, some.n);
    const features = tf.tidy(
      () =>
        model.predict(networkInput(pixels, [some.n, ...some.imageSize], own.input), {
          batchSize: some.n,
        }) as tf.Tensor,
    );
    const values = (await features.data()) as Float32Array;
    features.dispose();
    checkFinite(values, values.length / some.n, (i) => `what the backbone made of ${pictureText(some, i)}`);
    return values;
  };
  return createFeatures({
    id: hashOf(['live views', images.id, own.id, how, seed]),
    name: `${images.name}, augmented anew in every epoch; ${String(own)}`,
    shape: [images.n, ...own.outputShape],
    labels: images.labels,
    classNames: images.classNames,
    views: 1,
    contents: () => contentsOf(images),
    readingAt: images.readingAt,
    rows: (indices) => run(pick(images, indices)),
    rowsOfEpoch: (indices, epoch) => run(augmented(pick(images, indices), how, { seed, view: epoch })),
    close() {},
  });
}
