import { stratifiedOrder } from '../../data/subset.ts';
import { type Features, pickFeatures } from '../../features/features.ts';
import { rowLength } from '../../features/finite.ts';
import { besides, DECAYS, type DecayTried, edgeOf, judge, type RegressionChoice } from './chosen-regression.ts';
import { type LogisticRegression, type LogisticRegressionOptions, openRegression } from './logistic-regression.ts';

/** How many parts images are divided into, each judged by what the others taught. */
const FOLDS = 5;
/** Up to so many images it takes less than a second or two; more are judged well enough by a part set aside. */
const MOST_IMAGES = 1000;
/** So many numbers, which are held as often as there are folds. */
const MOST_NUMBERS = 10_000_000;

/** Tells whether images are few enough for {@link decayInFolds}. */
export function areFew(...sets: readonly Features[]): boolean {
  const images = sets.reduce((sum, { labels }) => sum + labels.length, 0);
  return images >= FOLDS && images <= MOST_IMAGES && images * rowLength(sets[0]) <= MOST_NUMBERS;
}

/**
 * Chooses the decay by cross-validation: the best power of ten by mean cross-entropy, down to the first one that is no
 * better, or what lies between it and its better neighbour. Of few images a tenth set aside says little: of 320, 32
 * chose a decay that cost two points of 1,200 test images.
 * @param of features of all images that may be trained on
 */
export async function decayInFolds(
  of: Features,
  options: Pick<LogisticRegressionOptions, 'tolerance' | 'estimated' | 'signal'>,
): Promise<Pick<RegressionChoice, 'l2' | 'edge'>> {
  const n = of.labels.length;
  const order = stratifiedOrder(of.labels, 0); // any piece of it has its share of each class
  const folds: Fold[] = [];
  try {
    for (let fold = 0; fold < FOLDS; fold++) {
      const [from, to] = [0, 1].map((end) => Math.round(((fold + end) * n) / FOLDS));
      const others = order.filter((_, i) => i < from || i >= to).sort();
      const search = await openRegression(pickFeatures(of, others), Math.min(...DECAYS), options);
      folds.push({ search, held: pickFeatures(of, order.slice(from, to).sort()) });
    }
    const tried: Tried[] = [];
    const attempt = async (l2: number, from?: Tried): Promise<Tried> => {
      const fitted: LogisticRegression[] = [];
      let loss = 0;
      for (const [i, { search, held }] of folds.entries()) {
        fitted.push(await search.at(l2, { from: from?.fitted[i] }));
        loss += ((await judge(fitted[i], held)).loss * held.labels.length) / n;
      }
      tried.push({ l2, fitted, validation: { loss } });
      return tried.at(-1)!;
    };
    let best: Tried | undefined;
    for (const l2 of DECAYS) {
      const one: Tried = await attempt(l2, tried.at(-1));
      if (best && one.validation.loss >= best.validation.loss) break;
      best = one;
    }
    const between = await attempt(besides(best!.l2, tried), best);
    const { l2 } = between.validation.loss < best!.validation.loss ? between : best!;
    const edge = edgeOf(
      l2,
      tried.map((one) => one.l2),
    );
    return { l2, ...(edge && { edge }) };
  } finally {
    for (const { search } of folds) search.dispose();
  }
}

interface Fold {
  readonly search: Awaited<ReturnType<typeof openRegression>>;
  readonly held: Features;
}

/** A decay, with what it gives in each fold and on all images together. */
interface Tried extends Pick<DecayTried, 'l2'> {
  readonly fitted: readonly LogisticRegression[];
  readonly validation: { readonly loss: number };
}
