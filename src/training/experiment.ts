import { type DataName, defaultData, loadImages } from '../data/load.ts';
import type { Images } from '../data/images.ts';
import { subset } from '../data/subset.ts';
import { extractFeatures, type ExtractOptions } from '../features/extract.ts';
import { split } from '../features/split.ts';
import { useTensorFlow } from '../tensorflow.ts';
import type { NetworkName } from '../vgg/architecture.ts';
import { defaultNetwork } from '../vgg/files.ts';
import { loadNetwork } from '../vgg/network.ts';
import { classifier, cutAt, defaultCut, freeze } from '../vgg/surgery.ts';
import { type Classifier } from './classifier.ts';
import { evaluate } from './evaluate.ts';
import { fit, type FitOptions } from './fit.ts';
import { recordRun, type Run } from './runs.ts';

export interface ExperimentOptions
  extends Pick<ExtractOptions, 'kernel' | 'preprocess' | 'engine' | 'precision' | 'dtype' | 'cache' | 'onProgress' | 'signal'>, Omit<FitOptions, 'validation'> {
  /** @default cifar10 where it is found, else shapes10 */
  readonly data?: DataName;
  /** @default vgg19, vgg16 or vgg19-mini, the first whose weights are found */
  readonly backbone?: NetworkName;
  /** The backbone's last layer. @default fc2, or without the top the last pool */
  readonly cut?: string;
  /** Training images. @default 2500 */
  readonly train?: number;
  /** Test images. @default 1000 */
  readonly test?: number;
  /** Validation images, taken from the training images that are left over. @default a tenth of `train`, if so many are left */
  readonly validation?: number;
  /** @default 0.5 */
  readonly dropout?: number;
  /** Where runs are written down. @default `runs` */
  readonly runs?: string;
}

/** Training images that an int8 backbone is calibrated with (64) and checked on (16). */
const CALIBRATION = 80;

/**
 * The whole line in one call: images → features → a trained head → its accuracy on test images, written down.
 * @returns the record, and the classifier
 */
export async function trainClassifier(options: ExperimentOptions = {}): Promise<{ readonly run: Run; readonly classifier: Classifier }> {
  const {
    data = defaultData(),
    backbone: network = defaultNetwork(),
    train: size = 2500,
    test: testSize = 1000,
    dropout = 0.5,
    seed = 1,
    kernel = 'bicubic',
    onProgress,
  } = options;
  const clock = stopwatch();
  await useTensorFlow();
  const whole = await loadImages(data, 'train', { size: Math.ceil(size * 1.1) });
  const validationSize = options.validation ?? Math.min(Math.floor(size / 10), whole.shape[0] - size);
  const images = {
    train: subset(whole, { size, seed }),
    validation: validationSize > 0 ? subset(whole, { size: validationSize, seed, from: size }) : undefined,
    test: subset(await loadImages(data, 'test', { size: testSize }), { size: testSize, seed }),
  };
  const calibration = size >= CALIBRATION / 2 ? subset(whole, { size: Math.min(size, CALIBRATION), seed }) : undefined;
  const secondsForData = clock();
  const full = await loadNetwork(network);
  const cut = options.cut ?? defaultCut(full);
  const model = classifier(freeze(cutAt(full, cut)), { classes: images.train.classNames.length, dropout });
  const { backbone, head } = split(model);
  const secondsForModel = clock();

  const extract = (part: Images) =>
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
  const secondsForFeatures = clock();
  const history = await fit(head, labelled(images.train, features.train), {
    ...options,
    seed,
    validation: features.validation && labelled(images.validation!, features.validation),
  });
  const secondsForTraining = clock();
  const test = await evaluate(head, labelled(images.test, features.test));
  const secondsForEvaluation = clock();
  for (const part of Object.values(features)) part?.close();

  const preprocess = options.preprocess ?? 'caffe';
  const { onProgress: _, onEpoch: __, signal: ___, cache: ____, runs, optimizer, ...asked } = options;
  const run = await recordRun(
    {
      options: {
        ...asked,
        data, backbone: network, cut, train: size, validation: validationSize, test: testSize, dropout, seed, kernel, preprocess, precision: options.precision ?? 'auto',
        optimizer: typeof optimizer === 'object' ? optimizer.getClassName() : (optimizer ?? 'adam'),
      }, // prettier-ignore
      data: images,
      backbone,
      engine: features.train.engine,
      seconds: { data: secondsForData, model: secondsForModel, features: secondsForFeatures, training: secondsForTraining, evaluation: secondsForEvaluation },
      history,
      test,
    },
    { folder: runs },
  );
  const imageSize = [images.train.shape[1], images.train.shape[2]] as const;
  return { run, classifier: { backbone, head, classNames: images.train.classNames, imageSize, kernel, preprocess } };
}

const labelled = <F>(images: Images, features: F): { features: F; labels: Int32Array } => ({ features, labels: images.labels });

/** Seconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
