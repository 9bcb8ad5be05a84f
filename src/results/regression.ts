import { logisticProbabilities, logisticRegression } from '../analysis/logistic-regression.ts';
import type { Dataset } from '../data/dataset.ts';
import { join } from '../data/join.ts';
import { meanAccuracy } from '../experiments/compare.ts';
import type { Features } from '../features/features.ts';
import { extractViews, meanOfViews } from '../features/views.ts';
import { type BackboneName, loadBackbone } from '../runtime/load-backbone.ts';
import { mostProbable, rightOf } from '../training/evaluation.ts';
import { whatItTook } from './took.ts';
import type { Outcome, Trial } from './rows.ts';

/** Weight decays that are tried on the validation images. */
const DECAYS = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

/**
 * Logistic regression to its optimum on standardised features, of each picture and its mirror image. The decay that is
 * best on the validation images is taken, then trained on these as well.
 */
export async function regression(
  { images, cache, clock }: Trial,
  { backbone, cut }: { readonly backbone: BackboneName; readonly cut?: string },
): Promise<Outcome> {
  const base = await loadBackbone(backbone, { cut });
  const options = { views: 2, original: true, cache, calibration: images.train };
  const mirrored = (of: Dataset): Promise<Features> =>
    clock.time('features', async () => meanOfViews(await extractViews(base, of, { horizontalFlip: 1 }, options)));
  const validation = images.validation!;
  const [train, judge, test] = [await mirrored(images.train), await mirrored(validation), await mirrored(images.test)];
  const judged = async (decay: number, on: Features, by: Features): Promise<Uint8Array> => {
    const fitted = await logisticRegression(on, { l2: decay, standardize: true });
    return rightOf(mostProbable(await logisticProbabilities(fitted, by), by.classNames.length), by.labels);
  };
  const shares: number[] = [];
  for (const decay of DECAYS)
    shares.push(meanAccuracy([{ right: await clock.time('choice', () => judged(decay, train, judge)) }]).value);
  const decay = DECAYS[shares.indexOf(Math.max(...shares))];
  const everything = await mirrored(join([images.train, validation], { name: 'training and validation images' }));
  const right = await clock.time('training', () => judged(decay, everything, test));
  return { right, chosen: `decay ${decay}`, ...whatItTook([everything, test]) };
}
