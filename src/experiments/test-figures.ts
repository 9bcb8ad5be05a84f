import { type Evaluation, untempered } from '../training/evaluation/evaluation.ts';

/** The result of a test, in figures, for a record. */
export interface TestFigures {
  readonly accuracy: number;
  /** 95 % interval of the accuracy. */
  readonly interval: readonly [number, number];
  readonly n: number;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  readonly balancedAccuracy: Share;
  /** Recall of each class; null for a class without an image. */
  readonly perClass: readonly {
    readonly className: string;
    readonly n: number;
    readonly recall: number | null;
    readonly interval: readonly [number, number] | null;
  }[];
  /** Area under the ROC curve of the second class, if there are two. */
  readonly rocAuc?: Share;
  /** What the scores were divided by. */
  readonly temperature: number;
  /** How far it is from being right as often as it says, 0..1, at that temperature. */
  readonly calibrationError: number;
  /** The same at temperature 1, if that is another one. */
  readonly calibrationErrorBefore?: number;
}

/** A share with its 95 % interval. */
interface Share {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** Gives the figures of an evaluation. */
export function testFigures(evaluation: Evaluation): TestFigures {
  const { accuracy, loss, balancedAccuracy, perClass, rocAuc, temperature, reliability } = evaluation;
  const share = ({ value, interval }: Share): Share => ({ value, interval });
  return {
    accuracy: accuracy.value,
    interval: accuracy.interval,
    n: accuracy.n,
    loss,
    balancedAccuracy: share(balancedAccuracy),
    perClass: perClass.map(({ className, n, recall }) => ({
      className,
      n,
      recall: recall?.value ?? null,
      interval: recall?.interval ?? null,
    })),
    ...(rocAuc && { rocAuc: share(rocAuc) }),
    temperature,
    calibrationError: reliability.error,
    ...(temperature !== 1 && { calibrationErrorBefore: untempered(evaluation).reliability.error }),
  };
}
