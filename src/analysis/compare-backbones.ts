import type * as tf from '@tensorflow/tfjs';
import { checkSameClassesIn } from '../data/same-classes.ts';
import type { Sample } from '../data/subset.ts';
import { checkExperiment } from '../experiments/check-experiment.ts';
import { type OpenNetworkOptions, openNetwork } from '../experiments/open-network.ts';
import type { FeatureOptions, Watching } from '../experiments/open-work.ts';
import { meanAccuracy } from '../experiments/statistics/mean-accuracy.ts';
import { extractFeatures } from '../features/extract.ts';
import type { Features } from '../features/features.ts';
import { rowLength } from '../features/finite.ts';
import { cellSignal } from '../host/host.ts';
import { progressOf } from '../host/progress.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { type Backbone, backboneOf } from '../models/backbone.ts';
import { buildHead, type HeadOptions } from '../models/head.ts';
import type { BackboneName } from '../backbones/load-backbone.ts';
import { secondsInTurns } from '../runtime/speed.ts';
import { judge as judgeHead } from '../training/evaluation/judge.ts';
import { rightOf } from '../training/evaluation/evaluation.ts';
import { fit } from '../training/fit.ts';
import { layersFor } from '../experiments/head-kind.ts';
import { judgedOptions } from '../options/contradictions.mjs';
import { OF_TRAINING } from '../options/options.mjs';
import { type FitOptions, withDefaults } from '../training/fit-options.ts';
import type { Proportion } from '../training/evaluation/interval.ts';
import { chosenRegression, type ChooseOptions } from '../training/regression/chosen-regression.ts';
import { classifyByNeighbours } from '../features/neighbours.ts';

/** A backbone to compare: its name alone, or its name with options. */
export type Candidate = BackboneName | CandidateOptions;

export interface CandidateOptions extends OpenNetworkOptions {
  readonly backbone: BackboneName;
  /** An earlier name of `inputSize`. */
  readonly size?: number;
  /** @default the one for all, else 'auto': int8 if the CPU has it and it agrees with float32 */
  readonly precision?: FeatureOptions['precision'];
  /** What it is called in the rows. @default the backbone with its options: `vgg16 at 160`, `vgg16 float32` */
  readonly name?: string;
}

/** How features are made and the head is built and trained, as everywhere else; and what the other methods need. */
export interface CompareBackbonesOptions
  extends FeatureOptions, Watching, Omit<HeadOptions, 'classes'>, Pick<FitOptions, (typeof FITTING)[number]> {
  /** The decays that the validation images choose among. @default 0.1, 0.01, … 1e-8 */
  readonly decays?: readonly number[];
  /** k, or all training images if there are fewer. @default 10 */
  readonly neighbours?: number;
}

/** Options of the training that a head takes here too. */
const FITTING = ['head', ...OF_TRAINING] as const;

/** How many training images vote, unless another number is asked for. */
const NEIGHBOURS = 10;

/** How features are turned into classes. */
export const METHODS = ['head', 'logistic regression', 'nearest neighbours'] as const;
export type Method = (typeof METHODS)[number];

/** How one backbone does with one method. */
export interface BackboneRow {
  readonly name: string;
  readonly method: Method;
  /** Top-1 on the test images. */
  readonly accuracy: Proportion;
  /** For each test image: 1 if it was right. */
  readonly right: Uint8Array;
  /** Top-1 on the validation images, if there are any: what is picked by the test images is flattered by them. */
  readonly validation?: Proportion;
  /** How many numbers the backbone makes of a picture. */
  readonly features: number;
  /**
   * How long the backbone takes on this machine, from bytes of the data set's size; measured in turns with the others.
   */
  readonly secondsPerImage: number;
  /** The decay that was chosen (for the regression). */
  readonly l2?: number;
  /** Whether the regression reached its optimum. */
  readonly converged?: boolean;
  /** Set if the regression's decay is the last one tried in its direction, so that one beyond it may be better. */
  readonly edge?: 'smallest' | 'largest';
  /** The backbone in words: `vgg16 to block5_pool, int8`. */
  readonly backbone: string;
}

export interface BackboneComparison {
  readonly kind: 'backbones';
  /** Three for each candidate, in the order of the candidates. */
  readonly rows: readonly BackboneRow[];
  /** What all of them rest on, in words: the data. */
  readonly basis: string;
  /** What the figures of each method rest on, in words: the data, and how that method was trained. */
  readonly bases: Readonly<Record<Method, string>>;
}

/**
 * Runs the same pictures through several backbones, and judges each in three ways: a head trained by `fit`, logistic
 * regression to its optimum (its weight decay chosen on the validation images), and the vote of the nearest training
 * images. Test images are looked at once for each row.
 * @param images `sample(…)` with validation images
 * @throws RangeError naming the candidate or the images that are missing; the error of a backbone without weights
 * @example
 * const comparison = await compareBackbones(sample(images, { train: 40, validation: 20 }), ['vgg19-mini']);
 */
export async function compareBackbones(
  images: Sample,
  candidates: readonly Candidate[],
  options: CompareBackbonesOptions = {},
): Promise<BackboneComparison> {
  const { cache, engine, calibrationPercentile, dtype, signal = cellSignal() } = options;
  const { epochs, seed } = withDefaults(options);
  checkExperiment('compareBackbones', options);
  const { train, validation, test } = images;
  checkSameClassesIn(train, { validation, test });
  const chosen = candidates.map((one): CandidateOptions => {
    const {
      size,
      inputSize = size,
      precision = options.precision,
      ...how
    } = typeof one === 'string' ? ({ backbone: one } as CandidateOptions) : one;
    checkExperiment('compareBackbones', { ...how, inputSize, precision });
    return { ...how, inputSize, precision };
  });
  const names = chosen.map(nameOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (!chosen.length || twice !== undefined)
    throw new RangeError(
      `compareBackbones: expected one backbone or more, each with a name of its own; got ${twice === undefined ? 'none' : `"${twice}" twice`}.`,
    );
  await useTensorFlow();
  // all are opened first: one whose weights are missing says so before anything is computed
  const opened: Backbone[] = [];
  for (const { precision: _, name: __, ...how } of chosen)
    opened.push(backboneOf((await openNetwork(how, train)) as tf.LayersModel | Backbone, how));
  const [onImages, onBackbones] = [progressOf(options.progress), progressOf(options.progress, 'backbones')];
  const extracted: Extracted[] = [];
  for (const [i, model] of opened.entries()) {
    const { precision } = chosen[i];
    const how = { precision, cache, engine, calibrationPercentile, dtype, signal, progress: onImages ?? false };
    extracted.push(await extractFeatures(model, { train, validation, test }, how));
  }
  const seconds = await secondsInTurns(
    opened.map((model, i) => ({ model, precision: chosen[i].precision })),
    train,
    { cache, signal },
  );
  const rows: BackboneRow[] = [];
  for (const [i, features] of extracted.entries()) {
    onBackbones?.({ label: 'head, regression, neighbours', done: i, total: names.length, note: names[i] });
    const { precision = '' } = features.train.origin?.backbone ?? {};
    for (const [method, { right, ...found }] of Object.entries(await judge(features, options, signal)))
      rows.push({
        name: names[i],
        method: method as Method,
        accuracy: meanAccuracy([{ right }]),
        right,
        features: rowLength(features.train),
        secondsPerImage: seconds[i],
        ...found,
        backbone: `${opened[i].network} to ${opened[i].cut}, ${precision}`,
      });
    for (const part of [features.train, features.validation, features.test]) part?.close();
  }
  onBackbones?.({ label: 'head, regression, neighbours', done: names.length, total: names.length });
  const judgedBy = validation ? `, ${validation.n} validation images` : '';
  const basis = `${train.name}${judgedBy}; ${test.name}`;
  return {
    kind: 'backbones',
    rows,
    basis,
    bases: {
      head: `${basis}; heads: ${epochs} epochs, seed ${seed}`,
      'logistic regression': `${basis}; logistic regression, decay ${validation ? 'chosen on the validation images' : 'as given'}`,
      'nearest neighbours': `${basis}; vote of the ${Math.min(options.neighbours ?? NEIGHBOURS, train.n)} nearest neighbours`,
    },
  };
}

/** Writes `vgg16 at 160`, `vgg16 float32`. */
const nameOf = ({ name, backbone, cut, inputSize, fast, pooling, precision }: CandidateOptions): string =>
  name ?? [backbone, cut, pooling, inputSize && `at ${inputSize}`, fast && 'fast', precision].filter(Boolean).join(' ');

interface Extracted {
  readonly train: Features;
  readonly validation?: Features;
  readonly test: Features;
}

type Judged = Pick<BackboneRow, 'right' | 'validation' | 'l2' | 'converged' | 'edge'>;

/** Whether the training of the head looks at validation images. */
const judging = (options: CompareBackbonesOptions): boolean =>
  (options.head ?? 'softmax') !== 'softmax' || judgedOptions(options).length > 0;

/** Judges the same features in all three ways. */
async function judge(
  { train, validation, test }: Extracted,
  { decays, neighbours = NEIGHBOURS, ...options }: CompareBackbonesOptions,
  signal: AbortSignal | undefined,
): Promise<Record<Method, Judged>> {
  const onTop = layersFor(options.head, options);
  const head = buildHead(train.shape.slice(1), { classes: train.classNames, ...onTop });
  try {
    const fitting = Object.fromEntries(FITTING.map((name) => [name, options[name]]));
    await fit(head, train, {
      ...fitting,
      validation: judging(options) ? validation : undefined,
      signal,
      progress: false,
    });
    signal?.throwIfAborted();
    const count = Math.min(neighbours, train.labels.length);
    const vote = async (of: Features): Promise<Uint8Array> =>
      rightOf(await classifyByNeighbours(train, of, { count, signal }), of.labels);
    return {
      head: {
        right: (await judgeHead(head, test)).right,
        ...(validation && { validation: (await judgeHead(head, validation)).accuracy }),
      },
      'logistic regression': await regression({ train, validation, test }, { decays, signal }),
      'nearest neighbours': {
        right: await vote(test),
        ...(validation && { validation: meanAccuracy([{ right: await vote(validation) }]) }),
      },
    };
  } finally {
    head.dispose();
  }
}

async function regression(parts: Extracted, options: ChooseOptions): Promise<Judged> {
  const { right, l2, converged, edge, validation } = await chosenRegression(parts, options);
  return { right, l2, converged, ...(edge && { edge }), ...(validation && { validation }) };
}
