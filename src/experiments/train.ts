import { defaultData } from '../data/load.ts';
import { split } from '../models/split.ts';
import { defaultNetwork } from '../models/weights-files.ts';
import { classifier } from '../models/surgery.ts';
import { type Classifier } from '../classifier/saved.ts';
import { evaluate } from '../training/evaluate.ts';
import { fit, type FitOptions } from '../training/fit.ts';
import { prepare, type PrepareOptions, stopwatch } from './prepare.ts';
import { recordRun, type Run } from './runs.ts';

export interface ExperimentOptions extends PrepareOptions, Omit<FitOptions, 'validation'> {
  /** @default 0.5 */
  readonly dropout?: number;
  /** Where runs are written down. @default `runs` */
  readonly runs?: string;
}

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
  } = options;
  const prepared = await prepare(options);
  const { images, features, cut } = prepared;
  const clock = stopwatch();
  const model = classifier(prepared.backbone, { classes: prepared.classNames.length, dropout });
  const { backbone, head } = split(model);
  const history = await fit(head, prepared.train, { ...options, seed, validation: prepared.validation });
  const secondsForTraining = clock();
  const test = await evaluate(head, prepared.test);
  const secondsForEvaluation = clock();
  for (const part of Object.values(features)) part?.close();

  const preprocess = options.preprocess ?? 'caffe';
  const { onProgress: _, onEpoch: __, signal: ___, cache: ____, runs, optimizer, ...asked } = options;
  const run = await recordRun(
    {
      options: {
        ...asked,
        data, backbone: network, cut, train: size, validation: images.validation?.shape[0] ?? 0, test: testSize, dropout, seed, kernel, preprocess, precision: options.precision ?? 'auto',
        optimizer: typeof optimizer === 'object' ? optimizer.getClassName() : (optimizer ?? 'adam'),
      }, // prettier-ignore
      data: images,
      backbone,
      engine: features.train.engine,
      seconds: { ...prepared.seconds, training: secondsForTraining, evaluation: secondsForEvaluation },
      history,
      test,
    },
    { folder: runs },
  );
  const imageSize = [images.train.shape[1], images.train.shape[2]] as const;
  return { run, classifier: { backbone, head, classNames: images.train.classNames, imageSize, kernel, preprocess } };
}
