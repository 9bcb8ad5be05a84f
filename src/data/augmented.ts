import { checkOptions } from '../host/option-ranges.ts';
import { type AugmentOptions, applyTransform, checkAugment, drawTransform } from '../pixels/augment.ts';
import { type Box, drawBox } from '../pixels/random-crop.ts';
import { scalePart } from '../pixels/scale.ts';
import { WARP_INTERPOLATIONS, type WarpInterpolation } from '../pixels/warp.ts';
import { random } from '../random.ts';
import { hashOf } from '../storage/files/hash.ts';
import { keyAt, keyOf } from '../storage/rows/keys.ts';
import { createDataset, type Dataset } from './dataset.ts';

export interface ViewOptions {
  /** Seed of the random draws. @default 1 */
  readonly seed?: number;
  /** Which view of each image, from 0; each is drawn anew. @default 0 */
  readonly view?: number;
  /** How pixels are looked up. @default 'bilinear', as in Keras */
  readonly interpolation?: WarpInterpolation;
  /** Height and width of the result: geometry and upscaling in one resampling. @default that of the images */
  readonly size?: number;
}

/**
 * Gives one augmented view of each image, drawn when its pixels are read. What is drawn for an image depends on seed,
 * view and the image itself, whatever its position, so that its features are found again in another order or in a
 * larger data set.
 * @returns a data set with the same labels, of the images' size or `size`
 * @throws RangeError naming the option that is out of its range
 * @example
 * const turned = augmented(images.train, { rotationRange: 15, horizontalFlip: true });
 */
export function augmented(
  dataset: Dataset,
  options: AugmentOptions,
  { seed = 1, view = 0, interpolation = 'bilinear', size }: ViewOptions = {},
): Dataset {
  checkAugment(options);
  if (!(WARP_INTERPOLATIONS as readonly string[]).includes(interpolation))
    throw new RangeError(`interpolation: expected one of ${WARP_INTERPOLATIONS.join(', ')}; got "${interpolation}".`);
  checkOptions('augmented', { seed, view, size });
  const [height, width] = dataset.imageSize;
  if (size !== undefined && height !== width)
    throw new RangeError(`size: expected square images; got ${height}×${width}.`);
  const imageSize = [size ?? height, size ?? width] as const;
  const what = hashOf(['augmented 2', options, { seed, view, interpolation, size }]);
  const larger = imageSize[0] * imageSize[1] * 3;
  const crops = async (indices: ArrayLike<number>, names: readonly string[]): Promise<Uint8Array> => {
    const { randomResizedCrop: how } = options;
    const boxOf = (i: number, of: readonly [number, number]): Box =>
      drawBox(of, typeof how === 'object' ? how : {}, random(seed, `crop/${view}/${names[i]}`));
    if (dataset.partsAt && imageSize[0] === height) return dataset.partsAt(indices, boxOf, interpolation);
    const pixels = await dataset.at(indices);
    const bytes = height * width * 3;
    const one = (i: number): Uint8Array =>
      scalePart(
        pixels.subarray(i * bytes, (i + 1) * bytes),
        [height, width],
        boxOf(i, [height, width]),
        imageSize,
        interpolation,
      );
    return Buffer.concat(names.map((_, i) => one(i)));
  };
  return createDataset({
    name: `${dataset.name}, augmented (view ${view}, seed ${seed})`,
    labels: dataset.labels,
    classNames: dataset.classNames,
    imageSize,
    fit: dataset.fit,
    contentsAt: (indices) => dataset.contentsAt(indices),
    fileAt: dataset.fileAt,
    positionAt: dataset.positionAt,
    readingAt: dataset.readingAt,
    decoders: dataset.decoders,
    // photos are brought to the network's size first, and then augmented
    ...(dataset.forNetwork &&
      size === undefined && {
        forNetwork: (input) => augmented(dataset.forNetwork!(input), options, { seed, view, interpolation }),
      }),
    keysAt(indices) {
      const keys = dataset.keysAt(indices);
      return Buffer.concat(Array.from(indices, (_, i) => keyOf(`${what}\n`, keyAt(keys, i))));
    },
    async at(indices) {
      const keys = dataset.keysAt(indices);
      const names = Array.from(indices, (_, i) => Buffer.from(keyAt(keys, i)).toString('hex'));
      const from = options.randomResizedCrop ? imageSize : ([height, width] as const);
      const pixels = options.randomResizedCrop ? await crops(indices, names) : await dataset.at(indices);
      const bytes = from[0] * from[1] * 3;
      const out = new Uint8Array(indices.length * larger);
      for (let i = 0; i < indices.length; i++) {
        const noise = random(seed, `augment/${view}/${names[i]}`);
        const drawn = drawTransform(options, [height, width], noise);
        const transform = { ...drawn, tx: (drawn.tx * from[1]) / width, ty: (drawn.ty * from[0]) / height };
        const picture = pixels.subarray(i * bytes, (i + 1) * bytes);
        out.set(
          applyTransform(picture, from, transform, { ...options, interpolation, to: imageSize, noise }),
          i * larger,
        );
      }
      return out;
    },
  });
}
