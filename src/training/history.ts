import type { FeatureOrigin } from '../features/features.ts';

/** One epoch; loss in nats, accuracies 0..1. Training values are means over the epoch's steps, with dropout on. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly seconds: number;
}

/** How a training went. */
export interface History {
  readonly kind: 'history';
  readonly epochs: readonly Epoch[];
  /** The learning rate; undefined with an optimizer of the caller's own. */
  readonly learningRate: number | undefined;
  /** The epoch with the lowest validation loss; without validation data the last one. */
  readonly best: number;
  /** Why it ended before the last epoch, if it did. */
  readonly stopped?: 'early' | 'interrupted';
  readonly seconds: number;
  /** What was trained, on what and how, read from the objects that ran. */
  readonly of: TrainingFacts;
  /** In one line. */
  toString(): string;
}

export interface TrainingFacts {
  /** What the head computes after the training (SHA-256, hexadecimal). */
  readonly head: string;
  /** Its layers: `Dropout 0.5, Dense 10`. */
  readonly layers: string;
  /** The rate of the last layer of Dropout; 0 without one. */
  readonly dropout: number;
  /** Weight decay of the last layer; 0 without. */
  readonly l2: number;
  /** Epochs asked for, batch size, optimizer, seed and so on. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly train: DataFacts;
  readonly validation?: DataFacts;
}

/** Of features that were trained on or judged by. */
export interface DataFacts {
  readonly id: string;
  readonly name: string;
  readonly n: number;
  readonly views: number;
  readonly origin?: FeatureOrigin;
}

/** What every figure of a training rests on, in one line. */
export function basisOf({ train, dropout, l2, options, layers }: TrainingFacts): string {
  const head = /hidden/.test(layers) ? `; ${layers}` : '';
  const decay = l2 ? `; l2 ${l2}` : '';
  const weights = options.classWeights ? `; class weights ${String(options.classWeights)}` : '';
  return `${train.name}${head}; dropout ${dropout}${decay}${weights}; ${String(options.epochs)} epochs; seed ${String(options.seed)}`;
}

/**
 * The epoch whose weights a training left: with `restoreBest` the best one, else the last.
 * @returns undefined where there is no epoch
 */
export function keptEpoch({ epochs, best, of }: Pick<History, 'epochs' | 'best' | 'of'>): Epoch | undefined {
  return epochs[(of.options.restoreBest ? best : epochs.length) - 1] ?? epochs.at(-1);
}

export function createHistory(parts: Omit<History, 'kind' | 'toString'>): History {
  const text = (): string => {
    const kept = keptEpoch(parts);
    const which = kept && kept.epoch < parts.epochs.length ? `, epoch ${kept.epoch} kept` : '';
    const said = kept
      ? `loss ${kept.loss.toFixed(3)}, accuracy ${(100 * kept.accuracy).toFixed(1)} %` +
        (kept.valAccuracy === undefined ? '' : `, validation ${(100 * kept.valAccuracy).toFixed(1)} %`)
      : 'no epoch';
    const end = parts.stopped ? `, ${parts.stopped === 'early' ? 'ended early' : 'interrupted'}` : '';
    return `history of ${parts.epochs.length} epochs in ${parts.seconds.toFixed(1)} s${end}${which}: ${said}; ${basisOf(parts.of)}`;
  };
  return { kind: 'history', ...parts, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text };
}
