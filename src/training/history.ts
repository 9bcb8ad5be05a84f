import type { FeatureOrigin } from '../features/features.ts';
import { ownOf } from '../host/own.ts';
import { DEFAULTS } from '../options/options.mjs';
import { formatNumber } from '../text/numbers.ts';

/** One epoch; loss in nats, accuracies 0..1. Training values are means over the epoch's steps, with dropout on. */
export interface Epoch {
  /** The epoch's number, from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** The learning rate of the epoch, with schedule `plateau`. */
  readonly learningRate?: number;
  readonly seconds: number;
}

/** The course of a training. */
export interface History {
  readonly kind: 'history';
  readonly epochs: readonly Epoch[];
  /** The learning rate; undefined with the caller's own optimizer. */
  readonly learningRate: number | undefined;
  /** The epoch with the lowest validation loss; without validation data the last one. */
  readonly best: number;
  /** Why it ended before the last epoch, if it did. */
  readonly stopped?: 'early' | 'interrupted';
  readonly seconds: number;
  /** What was trained, on what and how, as read from the objects that ran. */
  readonly of: TrainingFacts;
  /** Describes the training in one line. */
  toString(): string;
}

export interface TrainingFacts {
  /** What the head computes after the training (SHA-256, hexadecimal). */
  readonly head: string;
  /** The head's layers: `Dropout 0.5, Dense 10`. */
  readonly layers: string;
  /** The rate of the last Dropout layer; 0 without one. */
  readonly dropout: number;
  /** The weight decay of the last layer; 0 without. */
  readonly l2: number;
  /** Epochs asked for, batch size, optimizer, seed and so on. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly train: DataFacts;
  readonly validation?: DataFacts;
  /** Which kind of head it is and why, unless nothing but softmax was asked for. */
  readonly chosen?: HeadChoice;
}

/** The kind of head that was taken. */
export interface HeadChoice {
  readonly head: 'softmax' | 'regression';
  /** Says why, and what both were worth, in words. */
  readonly why: string;
  /** The softmax head on the validation images, if it was trained: accuracy 0..1, loss in nats. */
  readonly softmax?: { readonly accuracy: number; readonly loss: number };
  /** The regression on them, before it was trained on them as well. */
  readonly regression?: {
    readonly accuracy: number;
    readonly loss: number;
    /** The weight decay, as `logisticRegression` takes it. */
    readonly l2: number;
    /** Whether it reached its optimum, if it was taken. */
    readonly converged?: boolean;
    /** Set if no decay beyond it was tried in this direction. */
    readonly edge?: 'smallest' | 'largest';
  };
}

/** Facts about features that were trained on or judged by. */
export interface DataFacts {
  readonly id: string;
  readonly name: string;
  readonly n: number;
  readonly views: number;
  readonly origin?: FeatureOrigin;
}

/** The parts of a history that say which weights a model has after it. */
type Ran = Pick<History, 'epochs' | 'best' | 'of'>;

/**
 * Gives the epoch whose weights the model has: the last one, or with `restoreBest` the one that it went back to;
 * undefined if none was finished.
 */
export function keptEpoch({ epochs, best, of }: Ran): Epoch | undefined {
  const back = of.options.restoreBest ? epochs.find(({ epoch }) => epoch === best) : undefined;
  // without a validation loss there was nothing to go back to
  return back?.valLoss === undefined ? epochs.at(-1) : back;
}

/** Says in one line what every figure of a training is based on, read from what ran, not from what was asked for. */
export function trainingBasis(history: Ran): string {
  const { epochs, of } = history;
  const { train, dropout, l2, options, layers, chosen } = of;
  if (chosen?.head === 'regression')
    return `${train.name}, then with ${of.validation!.n.toLocaleString('en-US')} validation images; logistic regression, decay ${formatNumber(chosen.regression!.l2)}`;
  const head = /hidden/.test(layers) ? `; ${layers}` : '';
  const decay = l2 ? `; l2 ${l2}` : '';
  const weights = options.classWeights ? `; class weights ${String(options.classWeights)}` : '';
  const kept = keptEpoch(history);
  const back = kept !== epochs.at(-1) ? `, weights of epoch ${kept!.epoch}` : '';
  return `${train.name}${head}; dropout ${dropout}${decay}${weights}${trainedText(options)}; ${epochs.length} epochs${back}; seed ${String(options.seed)}`;
}

/** Says what else the training was, where it is not as by default. */
function trainedText({ optimizer, ...options }: TrainingFacts['options']): string {
  const value = (name: string): string | undefined => {
    const given = ownOf(options, name);
    return given ? String(given) : undefined;
  };
  const parts = [
    optimizer === 'adamw' && `adamw, decay ${value('weightDecay') ?? 'by default'}`,
    value('momentum') && `${options.nesterov ? "Nesterov's momentum" : 'momentum'} ${value('momentum')}`,
    options.schedule === 'plateau' && 'rate lowered on plateaus',
    value('labelSmoothing') && `label smoothing ${value('labelSmoothing')}`,
    options.useEma && `average of the weights (${value('emaMomentum') ?? DEFAULTS.emaMomentum})`,
  ];
  return parts.flatMap((part) => (part ? [`; ${String(part)}`] : [])).join('');
}

export function createHistory(parts: Omit<History, 'kind' | 'toString'>): History {
  const text = (): string => {
    const { epochs, seconds, stopped } = parts;
    const kept = keptEpoch(parts);
    const said = kept
      ? `loss ${kept.loss.toFixed(3)}, accuracy ${(100 * kept.accuracy).toFixed(1)} %` +
        (kept.valAccuracy === undefined ? '' : `, validation ${(100 * kept.valAccuracy).toFixed(1)} %`)
      : 'no epoch';
    const end = stopped ? `, ${stopped === 'early' ? 'ended early' : 'interrupted'}` : '';
    const back = kept !== epochs.at(-1) ? `, epoch ${kept!.epoch} kept` : '';
    const steps = parts.of.chosen?.head === 'regression' ? 'a regression' : `${epochs.length} epochs`;
    return `history of ${steps} in ${seconds.toFixed(1)} s${end}${back}: ${said}; ${trainingBasis(parts)}`;
  };
  return { kind: 'history', ...parts, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text };
}
