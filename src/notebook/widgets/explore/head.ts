import { compareRuns, type Difference } from '../../../experiments/statistics/compare.ts';
import { type Features, pickFeatures } from '../../../features/features.ts';
import { cellSignal } from '../../../host/host.ts';
import { buildHead } from '../../../models/head.ts';
import { learningCurve } from '../../../plots/experiments/learning-curve.ts';
import { random, shuffle } from '../../../random.ts';
import { escapeHtml } from '../../../text/html.ts';
import { evaluate } from '../../../training/evaluation/evaluate.ts';
import type { Evaluation } from '../../../training/evaluation/evaluation.ts';
import { fit } from '../../../training/fit.ts';
import type { History } from '../../../training/history.ts';
import { type Interaction, interact } from '../interact.ts';
import { select } from '../controls/select.ts';
import { slider } from '../controls/slider.ts';

export interface ExploreHeadOptions {
  /** What the heads are judged by, and never trained on. @default a fifth of the features, by the seed */
  readonly validation?: Features;
  /** The epochs at first. @default 20 */
  readonly epochs?: number;
  /** The rates of dropout to choose from. @default 0 to 0.95, in steps of 0.05 */
  readonly dropout?: readonly number[];
  /** The weight decays to choose from. @default 0, 0.0001, 0.001, 0.01 */
  readonly l2?: readonly number[];
  /** The learning rates to choose from. @default 'auto', 0.0001, 0.001, 0.01; 'auto' is what `fit` takes */
  readonly learningRate?: readonly (number | 'auto')[];
  /** Seeds weights, order and dropout, so that settings differ in nothing else. @default 1 */
  readonly seed?: number;
  /** Trains all combinations now, so that the exported page moves too; give at most 200. @default false */
  readonly precompute?: boolean;
}

/** A head that was trained with a setting. */
export interface HeadView {
  readonly history: History;
  readonly evaluation: Evaluation;
  /** Its accuracy minus that of the first one, on the same images; undefined for the first. */
  readonly difference: Difference | undefined;
}

/**
 * Lets controls choose how a head is trained on features: dropout, weight decay, learning rate, epochs. The curve
 * follows, with the accuracy on the validation images, its 95 % interval, and the paired difference to the first
 * setting. Whoever looks for the best setting here has chosen it by these images: judge it by others.
 * @example
 * exploreHead(train, { validation: test, epochs: 3 });
 */
export function exploreHead(features: Features, options: ExploreHeadOptions = {}): Interaction<HeadView> {
  const { epochs = 20, l2 = [0, 1e-4, 1e-3, 1e-2], learningRate = ['auto', 1e-4, 1e-3, 1e-2], seed = 1 } = options;
  const { train, validation } = options.validation
    ? { train: features, validation: options.validation }
    : held(features, seed);
  const rates = options.dropout;
  // what there is no choice of needs no control
  const controls = {
    ...(rates?.length !== 1 && {
      dropout: rates ? select(rates) : slider(0, 0.95, { value: 0.5, step: 0.05 }),
    }),
    ...(l2.length > 1 && { l2: select(l2) }),
    ...(learningRate.length > 1 && { learningRate: select(learningRate, { label: 'learning rate' }) }),
    ...(!options.precompute && { epochs: slider(1, Math.max(100, epochs), { value: epochs }) }),
  };
  let first: Evaluation | undefined;
  return interact(
    controls,
    async (chosen): Promise<HeadView> => {
      const asked = { dropout: rates?.[0], l2: l2[0], learningRate: learningRate[0], epochs, ...chosen };
      const { dropout = 0.5 } = asked;
      const head = buildHead(train.shape.slice(1), { classes: train.classNames, dropout, l2: asked.l2, seed });
      try {
        const rate = asked.learningRate === 'auto' ? {} : { learningRate: asked.learningRate };
        const history = await fit(head, train, { epochs: asked.epochs, ...rate, seed, validation, progress: false });
        cellSignal()?.throwIfAborted(); // a newer setting is wanted
        const evaluation = await evaluate(head, validation);
        const difference = first && compareRuns([evaluation], [first], { names: ['this setting', 'the first'] });
        first ??= evaluation;
        return { history, evaluation, difference };
      } finally {
        head.dispose();
      }
    },
    { precompute: options.precompute, draw: (view, all) => drawing(view, all) },
  );
}

function drawing({ history, evaluation, difference }: HeadView, all: readonly HeadView[]): string {
  const total = Math.max(...all.map(({ history }) => history.epochs.length));
  const like = all.map(({ history }) => history.epochs);
  const said = difference
    ? capitalised(String(difference))
    : 'This is the first setting; the next ones are compared with it.';
  return (
    learningCurve(history, { total, ...(all.length > 1 && { like }) }) +
    `<div style="font:13px system-ui,sans-serif;margin:4px 0">Validation accuracy ${escapeHtml(String(evaluation.accuracy))}. ` +
    `${escapeHtml(said)}</div>`
  );
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Holds back a fifth of the images. */
function held(features: Features, seed: number): { readonly train: Features; readonly validation: Features } {
  const order = shuffle(Int32Array.from(features.labels.keys()), random(seed, 'explore'));
  const fifth = Math.floor(order.length / 5);
  if (!fifth) throw new RangeError(`exploreHead: expected at least 5 images; got ${order.length}.`);
  return {
    train: pickFeatures(features, order.subarray(fifth), { name: `${features.name}, four fifths` }),
    validation: pickFeatures(features, order.subarray(0, fifth), { name: `${features.name}, a fifth` }),
  };
}
