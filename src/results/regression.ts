import { chooseRegression, chosenRegression, decayText } from '../training/regression/chosen-regression.ts';
import type { Dataset } from '../data/dataset.ts';
import type { FeatureViews } from '../features/views.ts';
import { type BackboneName, loadBackbone } from '../backbones/load-backbone.ts';
import { whatItTook } from './took.ts';
import type { Outcome, Trial } from './rows.ts';
import { allTraining, withMirrored } from './with-views.ts';

/**
 * Fits a logistic regression to its optimum on standardised features, the mean of each picture's and its mirror
 * image's. The decay that is best on the validation images is chosen, and then these are used for training as well.
 */
export async function regression(
  trial: Trial,
  { backbone, ...how }: { readonly backbone: BackboneName; readonly cut?: string; readonly size?: number },
): Promise<Outcome> {
  const { images, time } = trial;
  const base = await loadBackbone(backbone, how);
  const mirrored = (of: Dataset): Promise<FeatureViews> => withMirrored(base, of, images.train, trial);
  const validation = images.validation!;
  const [train, judge, test] = [await mirrored(images.train), await mirrored(validation), await mirrored(images.test)];
  const choice = await time('choice', () => chooseRegression(train, judge, { standardize: true }));
  const everything = await mirrored(allTraining(images));
  const tested = await time('training', () =>
    chosenRegression({ train: everything, test }, { decays: [choice.l2], standardize: true }),
  );
  const { right, converged } = tested;
  const chosen = `decay ${decayText({ ...choice, converged: choice.converged && converged })}`;
  return { right, chosen, ...whatItTook([train, judge, test]) };
}
