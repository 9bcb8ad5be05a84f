import type { Dataset } from '../../data/dataset.ts';
import type { Evaluation } from './evaluation.ts';

/** An image that was taken for another class. */
export interface Mistake {
  /** Its position among the images, from 0. */
  readonly image: number;
  /** The file that it came from, for photos. */
  readonly file?: string;
  readonly label: string;
  readonly prediction: string;
  /** The probability of the prediction, 0..1. */
  readonly probability: number;
  /** The probability of the label, 0..1. */
  readonly labelProbability: number;
  /** The most probable classes, five at most, most probable first. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** How many classes of a mistake have their probability given. */
const MOST = 5;

/**
 * Lists every image that was taken for another class, the surest first.
 * @param dataset the images that were evaluated, whose files are named @default no files
 * @example
 * mistakesOf(evaluation, images.test).slice(0, 10);
 */
export function mistakesOf(evaluation: Evaluation, { fileAt }: Pick<Dataset, 'fileAt'> = {}): Mistake[] {
  const { labels, predictions, probabilities, confidence, right, classNames } = evaluation;
  const K = classNames.length;
  const wrong = [...labels.keys()].filter((i) => !right[i]).sort((a, b) => confidence[b] - confidence[a]);
  return wrong.map((i): Mistake => {
    const row = probabilities.subarray(i * K, (i + 1) * K);
    const most = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, MOST);
    return {
      image: i,
      ...(fileAt && { file: fileAt(i) }),
      label: classNames[labels[i]],
      prediction: classNames[predictions[i]],
      probability: confidence[i],
      labelProbability: row[labels[i]],
      probabilities: Object.fromEntries(most.map((k) => [classNames[k], row[k]])),
    };
  });
}
