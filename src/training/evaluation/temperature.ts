import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../../data/dataset.ts';
import type { ExtractOptions } from '../../features/extract.ts';
import type { Features } from '../../features/features.ts';
import { factsOf, modelAndHead, noteFacts, noteSeen } from '../../models/facts.ts';
import type { Model } from '../../models/model.ts';
import { evaluate } from './evaluate.ts';
import { createEvaluation, type Evaluation } from './evaluation.ts';
import { headAndFeatures } from '../resolve.ts';
import { bestTemperature, tempered, TEMPERATURES } from './tempered.ts';

/** The result of temperature scaling. */
export interface TemperatureScaling {
  /** The number that the model's scores are divided by from now on; 1 if none was found. */
  readonly temperature: number;
  /** Why none was found, if so: the searched range ends before the best one. */
  readonly none?: string;
  /** The evaluation of the images that it was found on, at temperature 1 … */
  readonly before: Evaluation;
  /** … and at the one that was found. */
  readonly after: Evaluation;
  /** Describes the result in one line. */
  toString(): string;
}

/**
 * Scales a model's temperature (C. Guo et al., "On Calibration of Modern Neural Networks", 2017): divides a trained
 * model's scores by the one number that makes the labels of other images most probable, so that it is right about as
 * often as it says. No guess changes. The model keeps the number: `evaluate`, `predict` and `saveClassifier` use it;
 * further training forgets it.
 * @param model a model that `fit` has trained
 * @param images images that it was not trained on and is not tested on: validation images, or their features
 * @throws Error if it was trained on more than half of them
 * @example
 * const { temperature } = await scaleTemperature(head, test);
 */
export async function scaleTemperature(
  model: Model,
  images: Dataset | Features,
  { extract }: { readonly extract?: ExtractOptions } = {},
): Promise<TemperatureScaling> {
  const { head, train: validation } = await headAndFeatures(model, images, {
    what: 'scaleTemperature',
    extract,
  });
  const before = await evaluate(head, validation, { temperature: 1 });
  const trainedOn = before.seen?.training ?? 0;
  if (trainedOn > before.labels.length / 2)
    throw new Error(
      `scaleTemperature: expected images that the model was not trained on; got ${before.of.test.name}, of which it was trained on ${trainedOn} of ${before.labels.length}. ` +
        'On its own training images a model is surer than on others. A head by regression is trained on the validation images too: leave others out for this.',
    );
  const { probabilities, labels, classNames, of, logOdds, recoloured } = before;
  const classes = probabilities.length / labels.length;
  const found = bestTemperature(probabilities, labels, classes);
  const temperature = typeof found === 'number' ? found : 1;
  const none = typeof found === 'number' ? undefined : whyNone(found, before);
  const scaled = tempered(probabilities, classes, temperature);
  const after = createEvaluation({ probabilities: scaled, labels, classNames, temperature, recoloured, of, logOdds });
  noteTemperature(model, head, temperature);
  for (const one of modelAndHead(model, head))
    noteSeen(one, validation.contents && { validation: validation.contents() });
  const text = (): string =>
    `temperature ${temperature.toFixed(3)}: expected calibration error ${errorText(before)} before, ` +
    `${errorText(after)} after; ${of.test.name}${none ? `; ${none}` : ''}` +
    (trainedOn ? `; it was trained on ${trainedOn} of them` : '');
  return {
    temperature,
    ...(none && { none }),
    before,
    after,
    toString: text,
    ...{ [Symbol.for('nodejs.util.inspect.custom')]: text },
  };
}

/**
 * Says why none was found: the best temperature in the range is at its edge, so one beyond it would be better still.
 */
function whyNone(beyond: 'lower' | 'higher', { right }: Evaluation): string {
  const [low, high] = TEMPERATURES;
  const why =
    beyond === 'higher'
      ? `the higher the better, beyond ${high.toLocaleString('en-US')}: labels are no more probable than by chance`
      : `the lower the better, beyond ${low}${right.every(Boolean) ? ': no guess is wrong' : ''}`;
  return `none was found, so 1 stays: ${why}`;
}

const errorText = ({ reliability }: Evaluation): string => `${(100 * reliability.error).toFixed(1)} %`;

/** Notes a temperature in a model; for 1, as for undefined, nothing is noted. */
export function noteTemperature(model: Model, head: tf.LayersModel, temperature?: number): void {
  const noted = temperature === 1 ? undefined : temperature;
  for (const one of modelAndHead(model, head))
    if (factsOf(one)?.temperature !== noted) noteFacts(one, { temperature: noted });
}
