import { chooseRegression, chosenRegression } from '../analysis/chosen-regression.ts';
import type { Dataset } from '../data/dataset.ts';
import { type FeatureViews, meanOfViews } from '../features/views.ts';
import { type BackboneName, loadBackbone } from '../runtime/load-backbone.ts';
import { whatItTook } from './took.ts';
import { allTraining } from './all-training.ts';
import type { Outcome, Trial } from './rows.ts';
import { withMirrored } from './with-views.ts';

/** Weight decays that are tried on the validation images. */
const DECAYS = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

/**
 * Logistic regression to its optimum on standardised features, of each picture and its mirror image. The decay that is
 * best on the validation images is taken, then trained on these as well.
 */
export async function regression(
  trial: Trial,
  { backbone, ...how }: { readonly backbone: BackboneName; readonly cut?: string; readonly size?: number },
): Promise<Outcome> {
  const { images, clock } = trial;
  const base = await loadBackbone(backbone, how);
  const mirrored = (of: Dataset): Promise<FeatureViews> => withMirrored(base, of, images.train, trial);
  const validation = images.validation!;
  const [train, judge, test] = [await mirrored(images.train), await mirrored(validation), await mirrored(images.test)];
  const { l2 } = await clock.time('choice', () =>
    chooseRegression(meanOfViews(train), meanOfViews(judge), { decays: DECAYS, standardize: true }),
  );
  const everything = await mirrored(allTraining(images));
  const { right } = await clock.time('training', () =>
    chosenRegression({ train: meanOfViews(everything), test: meanOfViews(test) }, { decays: [l2], standardize: true }),
  );
  return { right, chosen: `decay ${l2}`, ...whatItTook([train, judge, test]) };
}
