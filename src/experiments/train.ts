import type { Classifier } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import { defaultData } from '../data/load.ts';
import { stopwatch } from '../host/stopwatch.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { backboneOf } from '../models/backbone.ts';
import { factsOf, noteFacts } from '../models/facts.ts';
import type { HeadOptions } from '../models/head.ts';
import { splitModel } from '../models/split.ts';
import { withHead } from '../models/surgery.ts';
import { judgedOptions } from '../options/contradictions.mjs';
import { DEFAULTS, OF_TRAINING } from '../options/options.mjs';
import { evaluate } from '../training/evaluation/evaluate.ts';
import type { Evaluation } from '../training/evaluation/evaluation.ts';
import { scaleTemperature } from '../training/evaluation/temperature.ts';
import { fit } from '../training/fit.ts';
import type { FitOptions } from '../training/fit-options.ts';
import type { History } from '../training/history.ts';
import type { TriedBackbones } from './cross-validation/backbone-choice.ts';
import { checkExperiment } from './check-experiment.ts';
import { headKind, layersFor } from './head-kind.ts';
import { openWork, type Watching, type WorkOptions } from './open-work.ts';
import { recordRun, type Run } from './runs.ts';

/** The options of an experiment, by the table of options. */
export interface ExperimentOptions
  extends
    WorkOptions,
    Omit<HeadOptions, 'classes' | 'seed'>,
    Omit<FitOptions, 'validation' | 'extract' | 'seed'>,
    Watching {
  /** Where runs are written down. @default `runs` */
  readonly runs?: string;
}

/** What {@link trainClassifier} gives. */
export interface Experiment {
  readonly run: Run;
  readonly classifier: Classifier;
  readonly history: History;
  readonly test: Evaluation;
  /** What `backbone: 'auto'` compared, and why it took this backbone. */
  readonly compared?: TriedBackbones;
}

/**
 * Does everything in one call: images → features → a trained head → its accuracy on test images, written down. If there
 * are validation images, they also choose the temperature; of one's own photos they choose the kind of head (`head`).
 * @returns the record, the classifier, and what it rests on
 * @example
 * const { history, test } = await trainClassifier({ data: 'shapes10', backbone: 'vgg19-mini', epochs: 5 });
 */
export async function trainClassifier(options: ExperimentOptions = {}): Promise<Experiment> {
  const { data = defaultData(), seed = DEFAULTS.seed, runs, progress, signal, onEpoch, ...rest } = options;
  const { interpolation, preprocess } = rest;
  checkExperiment('trainClassifier', options);
  await useTensorFlow();
  const work = await openWork({ ...rest, data, seed }, { progress, signal, judging: judgedOptions(options) });
  const { images, photos, network, features } = work;
  const clock = stopwatch();
  const seconds = { ...work.seconds, training: 0, evaluation: 0 };
  const { kind, why } = headKind(options, work);
  const onTop = { classes: images.train.classNames, ...layersFor(kind, { ...rest, seed }) };
  const { head } = 'kind' in network ? withHead(network, onTop) : splitModel(withHead(network, onTop));
  const { validation } = features;
  const fitting: FitOptions = Object.fromEntries(OF_TRAINING.map((name) => [name, options[name]]));
  const { checkpoint } = rest;
  const history = await fit(head, features.train, {
    ...fitting,
    ...{ head: kind, checkpoint, seed, validation, onEpoch, progress, signal },
  });
  seconds.training = clock();
  signal?.throwIfAborted();
  const { chosen = { head: 'softmax', why } as const } = history.of;
  // a regression was trained on its validation images too, after their cross-entropy had chosen its decay
  if (validation && chosen.head === 'softmax' && history.stopped !== 'interrupted')
    await scaleTemperature(head, validation);
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
    head: chosen,
    seconds,
    compared: work.compared,
    options: {
      data: typeof data === 'string' ? data : (photos?.findings.source ?? images.train.name),
      train: images.train.n,
      validation: images.validation?.n ?? 0,
      test: images.test.n,
      engine: rest.engine ?? 'auto',
      ...(rest.imageSeed !== undefined && { imageSeed: rest.imageSeed }),
    },
  });
  return {
    run,
    classifier: classifierOf({ backbone: backboneOf(network, { interpolation, preprocess }), head }),
    history,
    test,
    ...(work.compared && { compared: work.compared }),
  };
}
