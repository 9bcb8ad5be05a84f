import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { type DataName, defaultData, loadImages } from '../data/load.ts';
import { subset } from '../data/subset.ts';
import { CALIBRATION } from '../runtime/calibrate.ts';
import { extractFeatures, type ExtractOptions } from '../features/extract.ts';
import type { Features } from '../features/read.ts';
import { useTensorFlow } from '../runtime/tensorflow.ts';
import type { NetworkName } from '../models/networks.ts';
import { defaultNetwork } from '../models/weights-files.ts';
import { loadNetwork } from '../models/network.ts';
import { cutAt, defaultCut, freeze } from '../models/surgery.ts';
import type { LabelledFeatures } from '../training/data.ts';
import type { SweepOptions } from './sweep.ts';

export interface PrepareOptions extends Pick<
  ExtractOptions,
  'kernel' | 'preprocess' | 'engine' | 'precision' | 'calibrationPercentile' | 'dtype' | 'cache' | 'onProgress' | 'signal'
> {
  /** @default cifar10 where it is found, else cifar10-sample */
  readonly data?: DataName;
  /** @default vgg19 where its weights are found, else vgg16 */
  readonly backbone?: NetworkName;
  /** The backbone's last layer. @default fc2, or without the top the last pool */
  readonly cut?: string;
  /** Height and width of the network's input; only for a network without its top. @default the network's own */
  readonly inputSize?: number;
  /** Training images. @default 2500 */
  readonly train?: number;
  /** Test images. @default 1000 */
  readonly test?: number;
  /** Validation images, taken from the training images that are left over. @default a tenth of `train`, if so many are left */
  readonly validation?: number;
  /** Of the choice of images. @default 1 */
  readonly seed?: number;
}

/** Images and their features, ready for a head. */
export interface Prepared {
  readonly images: { readonly train: Images; readonly validation?: Images; readonly test: Images };
  readonly features: { readonly train: Features; readonly validation?: Features; readonly test: Features };
  readonly train: LabelledFeatures;
  readonly validation?: LabelledFeatures;
  readonly test: LabelledFeatures;
  /** What `sweep` needs of them. */
  readonly sweepInput: Pick<SweepOptions, 'train' | 'validation' | 'test' | 'classes' | 'basis'>;
  readonly backbone: tf.LayersModel;
  readonly cut: string;
  readonly calibration?: Images;
  readonly classNames: readonly string[];
  /** What every figure rests on, in words: images, seed, network, cut, precision. */
  readonly basis: string;
  readonly seconds: { readonly data: number; readonly model: number; readonly features: number };
}

/** Seeded images → the frozen backbone → features on disk: what every experiment begins with. */
export async function prepare(options: PrepareOptions = {}): Promise<Prepared> {
  const { data = defaultData(), backbone: network = defaultNetwork(), train: size = 2500, test: testSize = 1000, seed = 1, onProgress } = options;
  const clock = stopwatch();
  await useTensorFlow();
  const whole = await loadImages(data, 'train', { size: Math.ceil(size * 1.1) });
  const validationSize = options.validation ?? Math.min(Math.floor(size / 10), whole.shape[0] - size);
  const images = {
    train: subset(whole, { size, seed }),
    validation: validationSize > 0 ? subset(whole, { size: validationSize, seed, from: size }) : undefined,
    test: subset(await loadImages(data, 'test', { size: testSize }), { size: testSize, seed }),
  };
  const calibration = size >= 32 ? subset(whole, { size: Math.min(size, CALIBRATION), seed }) : undefined;
  const secondsForData = clock();
  const full = await loadNetwork(network, { inputSize: options.inputSize });
  const cut = options.cut ?? defaultCut(full);
  const backbone = freeze(cutAt(full, cut));
  const secondsForModel = clock();
  const extract = (part: Images): Promise<Features> =>
    extractFeatures(backbone, part, {
      ...options,
      batchSize: undefined,
      calibration,
      onProgress: onProgress && ((p) => onProgress({ ...p, label: `${p.label}, ${part.name}` })),
    });
  const features = {
    train: await extract(images.train),
    validation: images.validation && (await extract(images.validation)),
    test: await extract(images.test),
  };
  const labelled = (part: Images, of: Features): LabelledFeatures => ({ features: of, labels: part.labels });
  const precision = /int8|float32/.exec(features.train.engine)?.[0] ?? '';
  const sets = {
    train: labelled(images.train, features.train),
    validation: images.validation && labelled(images.validation, features.validation!),
    test: labelled(images.test, features.test),
  };
  return {
    images,
    features,
    ...sets,
    sweepInput: { ...sets, classes: images.train.classNames.length, basis: `${features.train.file} ${images.train.hash}` },
    backbone,
    cut,
    calibration,
    classNames: images.train.classNames,
    basis: `${images.train.name}; ${testSize.toLocaleString('en-US')} test images; ${network} to ${cut}, ${precision}`,
    seconds: { data: secondsForData, model: secondsForModel, features: clock() },
  };
}

/** Seconds since the last call. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
