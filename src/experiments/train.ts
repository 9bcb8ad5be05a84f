import { type Classifier, classifierOf } from '../classifier/classifier.ts';
import { type DataName, defaultData, loadData, type Path } from '../data/load.ts';
import type { Photos } from '../data/photos.ts';
import { sample, type SampleOptions, type Splits } from '../data/subset.ts';
import { extractFeatures, type ExtractOptions } from '../features/extract.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { backboneOf } from '../models/backbone.ts';
import { factsOf, noteFacts } from '../models/facts.ts';
import type { Layout, Pooling } from '../models/file-backbone.ts';
import { splitModel } from '../models/split.ts';
import { classifier } from '../models/surgery.ts';
import { type BackboneName, defaultBackbone, loadBackbone } from '../backbones/load-backbone.ts';
import { evaluate } from '../training/evaluation/evaluate.ts';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { fit } from '../training/fit.ts';
import type { FitOptions } from '../training/fit-options.ts';
import type { History } from '../training/history.ts';
import { scaleTemperature } from '../training/evaluation/temperature.ts';
import { recordRun, type Run } from './runs.ts';

export interface ExperimentOptions
  extends SampleOptions, ExtractOptions, Omit<FitOptions, 'validation' | 'extract' | 'batchSize'> {
  /**
   * A data set by name, where one's own photos lie, or what was loaded. @default cifar10 where it is found, else
   * cifar10-sample
   */
  readonly data?: DataName | Path | Splits;
  /**
   * A network by name, or an ONNX file. @default for photos efficientnet-lite0; for pictures up to 64 pixels vgg19 where
   * its weights are found, else vgg16
   */
  readonly backbone?: BackboneName;
  /**
   * The backbone's last layer, or an ONNX file's tensor. @default the last before the ImageNet classes: fc2,
   * avg_pool, without VGG's top its last pool
   */
  readonly cut?: string;
  /** Of an ONNX file. @default as `onnxBackbone` has it */
  readonly pooling?: Pooling;
  /** Of an ONNX file, where its graph does not say it. */
  readonly layout?: Layout;
  /** Of an ONNX file's tensor, where its graph does not say it. */
  readonly cutLayout?: Layout;
  /** Height and width of the network's input; for VGG only without its top. @default the network's own */
  readonly inputSize?: number;
  /** A smaller input where one was measured to lose little ({@link fastSize}). @default false */
  readonly fast?: boolean;
  /** @default 0.5 */
  readonly dropout?: number;
  /** Images a training step. @default 32 */
  readonly batchSize?: number;
  /** Where runs are written down. @default `runs` */
  readonly runs?: string;
}

/** What {@link trainClassifier} gives. */
export interface Experiment {
  readonly run: Run;
  readonly classifier: Classifier;
  readonly history: History;
  readonly test: Evaluation;
}

/**
 * The whole line in one call: images → features → a trained head → its accuracy on test images, written down. Where
 * there are validation images, they choose the temperature too.
 * @returns the record, the classifier, and what it rests on
 * @example
 * const { history, test } = await trainClassifier({ data: 'shapes10', backbone: 'vgg19-mini', epochs: 5 });
 */
export async function trainClassifier(options: ExperimentOptions = {}): Promise<Experiment> {
  const {
    data = defaultData(),
    backbone: named,
    inputSize,
    fast,
    dropout = 0.5,
    seed = 1,
    runs,
    batchSize,
    ...rest
  } = options;
  const { progress, onEpoch, signal, ...asked } = rest;
  checkOptions('trainClassifier', options as Readonly<Record<string, unknown>>);
  const clock = stopwatch();
  await useTensorFlow();
  const splits = typeof data === 'string' ? await loadData(data, { progress, signal }) : data;
  const photos = splits.kind === 'photos' ? (splits as Photos) : undefined;
  const images = sample(splits, { ...options, seed });
  if ((asked.patience !== undefined || asked.restoreBest) && !images.validation)
    throw new RangeError('validation: expected 1 image or more for patience and restoreBest to judge by; got 0.');
  const seconds = { data: clock(), model: 0, features: 0, training: 0, evaluation: 0 };
  const { interpolation, preprocess, cut, pooling, layout, cutLayout } = options;
  const network = named ?? defaultBackbone(images.train);
  const file = { cut, pooling, cutLayout, layout, size: inputSize, fast, interpolation, preprocess };
  const base = await loadBackbone(network, file);
  const onTop = { classes: images.train.classNames, dropout };
  const { backbone, head } = 'kind' in base ? classifier(base, onTop) : splitModel(classifier(base, onTop));
  seconds.model = clock();
  const { engine, precision, calibrationPercentile, dtype, cache } = options;
  const features = await extractFeatures(
    backbone,
    { train: images.train, validation: images.validation, test: images.test },
    { interpolation, preprocess, engine, precision, calibrationPercentile, dtype, cache, progress, signal },
  );
  seconds.features = clock();
  const { validation } = features;
  const history = await fit(head, features.train, { ...asked, batchSize, seed, validation, onEpoch, progress, signal });
  seconds.training = clock();
  signal?.throwIfAborted();
  if (validation && history.stopped !== 'interrupted') await scaleTemperature(head, validation);
  if (photos?.division.by === 'seed') {
    const { trained } = factsOf(head)!;
    const { seed: dividedBy, testShare } = photos.division;
    noteFacts(head, { trained: trained && { ...trained, division: { seed: dividedBy, testShare } } });
  }
  const test = await evaluate(head, features.test);
  seconds.evaluation = clock();
  for (const part of Object.values(features)) part?.close();
  const run = await recordRun(history, test, {
    folder: runs,
    pictures: photos,
    seconds,
    options: {
      data: typeof data === 'string' ? data : (photos?.findings.source ?? images.train.name),
      train: images.train.n,
      validation: images.validation?.n ?? 0,
      test: images.test.n,
      engine: engine ?? 'auto',
    },
  });
  return {
    run,
    classifier: classifierOf({ backbone: backboneOf(backbone, { interpolation, preprocess }), head }),
    history,
    test,
  };
}

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
