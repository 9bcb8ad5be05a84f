import { proportion, proportionText } from '../../../training/evaluation/interval.ts';
import type { TrainedHead } from '../train.ts';
import type { Labelled } from './held-back.ts';
import type { Picture } from './project.ts';

/** How right a head is on the pictures that were held back. */
export interface Judged {
  readonly right: number;
  readonly n: number;
  /** The class that it named instead, by picture. */
  readonly wrong: ReadonlyMap<Picture, number>;
  /** Sentences for people. */
  readonly text: string;
}

/** Fewer test pictures say nothing: even if all are named rightly, their interval begins below 72 %. */
const FEWEST = 10;

/** Tests a head on what was held back. */
export function judged(test: readonly Labelled[], head: TrainedHead): Judged {
  const wrong = new Map<Picture, number>();
  for (const { picture, label } of test) {
    const probabilities = probabilitiesOf(head, picture.embedding);
    const best = probabilities.indexOf(Math.max(...probabilities));
    if (best !== label) wrong.set(picture, best);
  }
  const n = test.length;
  const right = n - wrong.size;
  return { right, n, wrong, text: figureText(right, test) };
}

function figureText(right: number, test: readonly Labelled[]): string {
  const n = test.length;
  if (n < FEWEST)
    return `Too few to say how right it is: ${n ? `of ${n} ${n === 1 ? 'picture' : 'pictures'} held back it named ${right} rightly` : 'no picture is held back yet'}. Every fifth picture of a class is held back; ${FEWEST} of them say something.`;
  const shots = test.filter(({ picture }) => picture.from === 'camera').length;
  return [
    `Of pictures that were held back, a fifth, it named ${proportionText(proportion(right, n))} rightly.`,
    ...(shots
      ? [
          `${shots} of them ${shots === 1 ? 'is' : 'are'} from the camera, where pictures look alike: on others it will be less right.`,
        ]
      : []),
  ].join(' ');
}

/** Computes softmax(embedding · kernel + bias): [K], 0..1. */
export function probabilitiesOf({ kernel, bias }: TrainedHead, embedding: Float32Array): Float32Array {
  const classes = bias.length;
  const scores = Float64Array.from(bias);
  for (const [d, value] of embedding.entries())
    if (value) for (let k = 0; k < classes; k++) scores[k] += value * kernel[d * classes + k];
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const shares = scores.map((score) => Math.exp(score - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return Float32Array.from(shares, (share) => share / sum);
}
