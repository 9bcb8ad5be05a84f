import { stopwatch } from '../host/stopwatch.ts';
import type * as tf from '@tensorflow/tfjs';
import { type BackboneName, type BackboneOptions, defaultBackbone, loadBackbone } from '../backbones/load-backbone.ts';
import { type DataName, defaultData, loadData, type Path } from '../data/load.ts';
import type { Photos, PhotosOptions } from '../data/photos.ts';
import { type Sample, sample, type SampleOptions, type Splits } from '../data/subset.ts';
import { type ExtractOptions, extractFeatures } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import type { FileBackbone } from '../models/file-backbone.ts';
import { DEFAULTS } from '../options/options.mjs';
import { chooseEngine, type EngineName } from '../runtime/running.ts';
import { listed } from '../text/listed.ts';

/** Which pictures to use, by the table of options. */
export interface ImageOptions
  extends
    Omit<SampleOptions, 'seed'>,
    Pick<PhotosOptions, 'resize' | 'testShare' | 'path' | 'label' | 'root' | 'classFolders' | 'strict'> {
  /**
   * A data set by name, where one's own photos lie, or what was loaded. @default cifar10 if it is found, else
   * cifar10-sample
   */
  readonly data?: DataName | Path | Splits;
  /** Seed of the choice of images, the initial weights, the order and dropout. @default 1 */
  readonly seed?: number;
  /** Seed of the choice of images alone. @default `seed` */
  readonly imageSeed?: number;
}

/** Which network to use, by the table of options. */
export interface NetworkOptions extends Pick<
  BackboneOptions,
  'cut' | 'pooling' | 'fast' | 'layout' | 'cutLayout' | 'interpolation'
> {
  /**
   * A network by name, or an ONNX file. @default for photos efficientnet-lite0; for pictures up to 64 pixels vgg19 if
   * its weights are found, else vgg16
   */
  readonly backbone?: BackboneName;
  /** Height and width of the network's input; for VGG only without its top. @default the network's own */
  readonly inputSize?: number;
  /** What the network sees. @default what it was trained with */
  readonly preprocess?: ExtractOptions['preprocess'];
}

/** How features are made, by the table of options. */
export type FeatureOptions = Pick<ExtractOptions, 'engine' | 'precision' | 'calibrationPercentile' | 'dtype' | 'cache'>;

/** What an experiment works on. */
export interface WorkOptions extends ImageOptions, NetworkOptions, FeatureOptions {}

export type Watching = Pick<ExtractOptions, 'progress' | 'signal'>;

export type Network = tf.LayersModel | FileBackbone;

/** Pictures, the network that makes features of them, and the features. */
export interface Work {
  readonly images: Sample;
  /** Where they came from, if they are one's own photos. */
  readonly photos?: Photos;
  readonly network: Network;
  /** The engine that was chosen to compute the features. */
  readonly engine: EngineName;
  readonly features: { readonly train: Features; readonly validation?: Features; readonly test: Features };
  readonly seconds: { readonly data: number; readonly model: number; readonly features: number };
}

/**
 * Opens what an experiment works on: data, backbone, features. All code that needs these gets them here, so that an
 * option means the same everywhere.
 * @param watching.judging the options that need validation images, as patience and restoreBest do
 * @returns features, which must be closed
 * @throws RangeError naming the option that is wrong
 */
export async function openWork(
  options: WorkOptions,
  { judging = [], ...watching }: Watching & { readonly judging?: readonly string[] } = {},
): Promise<Work> {
  const clock = stopwatch();
  const splits = await openSplits(options, watching);
  const images = sampleOf(splits, options);
  if (judging.length && !images.validation)
    throw new RangeError(`validation: expected 1 image or more for ${listed(judging)} to judge by; got 0.`);
  const data = clock();
  const network = await openNetwork(options, images.train);
  const model = clock();
  const engine = await chooseEngine(options.engine, 'kind' in network ? network : undefined);
  const features = await openFeatures(network, images, { ...options, engine }, watching);
  const photos = splits.kind === 'photos' ? (splits as Photos) : undefined;
  return { images, photos, network, engine, features, seconds: { data, model, features: clock() } };
}

/**
 * Loads all the pictures that an experiment names.
 * @param how how photos are read, in settings that an experiment does not have
 */
export async function openSplits(
  { data = defaultData(), path, label, root, classFolders, strict, resize, testShare, ...seeds }: ImageOptions,
  watching: Watching = {},
  how: PhotosOptions = {},
): Promise<Splits> {
  if (typeof data !== 'string') return data;
  const seed = imageSeed(seeds);
  const asked = { path, label, root, classFolders, strict, resize, testShare, seed };
  return loadData(data, { ...asked, ...watching, ...how });
}

/** Draws the pictures of an experiment from all that there are. */
export const sampleOf = (splits: Splits, { train, validation, test, ...seeds }: ImageOptions): Sample =>
  sample(splits, { train, validation, test, seed: imageSeed(seeds) });

const imageSeed = ({ seed = DEFAULTS.seed, imageSeed: own = seed }: Pick<ImageOptions, 'seed' | 'imageSeed'>): number =>
  own;

/**
 * Opens the network that an experiment names.
 * @param images the pictures by which it is chosen if none is named
 */
export function openNetwork(
  { backbone, cut, pooling, inputSize, fast, layout, cutLayout, interpolation, preprocess }: NetworkOptions,
  images: { readonly imageSize: readonly [number, number] },
): Promise<Network> {
  const size = inputSize;
  return loadBackbone(backbone ?? defaultBackbone(images), {
    ...{ cut, pooling, size, fast, layout, cutLayout, interpolation, preprocess },
  });
}

/** Takes features of pictures from where they are kept, or computes them. */
export const openFeatures = (
  network: Network,
  { train, validation, test }: Sample,
  {
    interpolation,
    preprocess,
    engine,
    precision,
    calibrationPercentile,
    dtype,
    cache,
  }: FeatureOptions & Pick<NetworkOptions, 'interpolation' | 'preprocess'>,
  watching: Watching = {},
): Promise<Work['features']> =>
  extractFeatures(
    network,
    { train, validation, test },
    { interpolation, preprocess, engine, precision, calibrationPercentile, dtype, cache, ...watching },
  );
