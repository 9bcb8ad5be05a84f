import { stopwatch } from '../host/stopwatch.ts';
import { type BackboneName, defaultBackbone } from '../backbones/load-backbone.ts';
import type { Dataset } from '../data/dataset.ts';
import { type DataName, defaultData, loadData, type Path } from '../data/load.ts';
import type { Photos, PhotosOptions } from '../data/photos.ts';
import { type Sample, sample, type SampleOptions, type Splits } from '../data/subset.ts';
import { type ExtractOptions, extractFeatures } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { autoContradiction } from '../options/auto-backbone.mjs';
import { DEFAULTS } from '../options/options.mjs';
import type { EngineName } from '../runtime/running.ts';
import { listed } from '../text/listed.ts';
import type { TriedBackbones } from './cross-validation/backbone-choice.ts';
import { type Network, type OpenNetworkOptions, openNetwork } from './open-network.ts';

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

/** How features are made, by the table of options. */
export type FeatureOptions = Pick<ExtractOptions, 'engine' | 'precision' | 'calibrationPercentile' | 'dtype' | 'cache'>;

/** What an experiment works on. */
export interface WorkOptions extends ImageOptions, Omit<OpenNetworkOptions, 'backbone'>, FeatureOptions {
  /**
   * A network by name, or an ONNX file; `auto`: the best of those that are here, by cross-validation of training
   * images. @default for photos efficientnet-lite0; for pictures up to 64 pixels vgg19 if its weights are found, else
   * vgg16
   */
  readonly backbone?: BackboneName | 'auto';
  /** Seconds in which `backbone: 'auto'` compares. @default 60 */
  readonly budget?: number;
}

export type Watching = Pick<ExtractOptions, 'progress' | 'signal'>;

/** Pictures, the network that makes features of them, and the features. */
export interface Work {
  readonly images: Sample;
  /** Where they came from, if they are one's own photos. */
  readonly photos?: Photos;
  /** The network's name, as it was given or chosen. */
  readonly backbone: BackboneName;
  /** What `backbone: 'auto'` compared, and why it took this one. */
  readonly compared?: TriedBackbones;
  readonly network: Network;
  /** The engine that was chosen to compute the features. */
  readonly engine: EngineName;
  readonly features: { readonly train: Features; readonly validation?: Features; readonly test: Features };
  readonly seconds: {
    readonly data: number;
    readonly comparison?: number;
    readonly model: number;
    readonly features: number;
  };
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
  const contradiction = autoContradiction(options);
  if (contradiction) throw new RangeError(contradiction);
  const clock = stopwatch();
  const splits = await openSplits(options, watching);
  const images = sampleOf(splits, options);
  if (judging.length && !images.validation)
    throw new RangeError(`validation: expected 1 image or more for ${listed(judging)} to judge by; got 0.`);
  const data = clock();
  const { compared, backbone } = await chooseNetwork(options, images.train, watching);
  const comparison = compared && { comparison: clock() };
  const network = await openNetwork({ ...options, backbone }, images.train);
  const model = clock();
  const features = await openFeatures(network, images, options, watching);
  const engine = features.train.origin!.runBy!;
  const photos = splits.kind === 'photos' ? (splits as Photos) : undefined;
  const seconds = { data, ...comparison, model, features: clock() };
  return { images, photos, backbone, ...(compared && { compared }), network, engine, features, seconds };
}

/** Names the network: the one that is asked for, the best of those that are here, or the usual one. */
async function chooseNetwork(
  { backbone, seed, budget, fast, interpolation, ...features }: WorkOptions,
  train: Dataset,
  watching: Watching,
): Promise<Pick<Work, 'backbone' | 'compared'>> {
  if (backbone !== 'auto') return { backbone: backbone ?? defaultBackbone(train) };
  const { engine, precision, dtype, cache } = features;
  const how = { seed, budget, fast, interpolation, engine, precision, dtype, cache };
  // evaluate opens images here too, and needs no TensorFlow.js
  const { autoBackbone } = await import('./cross-validation/auto-backbone.ts');
  const compared = await autoBackbone(train, { ...how, ...watching });
  return { backbone: compared.backbone, compared };
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
  }: FeatureOptions & Pick<OpenNetworkOptions, 'interpolation' | 'preprocess'>,
  watching: Watching = {},
): Promise<Work['features']> =>
  extractFeatures(
    network,
    { train, validation, test },
    { interpolation, preprocess, engine, precision, calibrationPercentile, dtype, cache, ...watching },
  );
