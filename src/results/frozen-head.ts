import { extractFeatures } from '../features/extract.ts';
import { splitModel } from '../models/split.ts';
import { cutAt, freeze, withHead } from '../models/surgery.ts';
import { loadNetwork } from '../models/networks/network.ts';
import { evaluate } from '../training/evaluation/evaluate.ts';
import { fit } from '../training/fit.ts';
import { whatItTook } from './took.ts';
import type { Outcome, Trial } from './rows.ts';
import { allTraining, withViews } from './with-views.ts';

/**
 * Trains the original's head on frozen features at `block5_pool`: Dropout 0.5, softmax; nothing is chosen, so all
 * images are used for training.
 * @param views the number of views of each training image, of which every epoch draws one
 */
export async function frozenHead(trial: Trial, inputSize: number, views?: number): Promise<Outcome> {
  const { images, seed, cache, time } = trial;
  const base = freeze(cutAt(await loadNetwork('vgg16', { top: false, inputSize }), 'block5_pool'));
  const { backbone, head } = splitModel(withHead(base, { classes: images.train.classNames, dropout: 0.5 }));
  const { train, test } = views
    ? await withViews(backbone, trial, views)
    : await time('features', () =>
        extractFeatures(backbone, { train: allTraining(images), test: images.test }, { cache }),
      );
  await time('training', () => fit(head, train, { seed }));
  const { right } = await time('test', () => evaluate(head, test));
  return { right, ...whatItTook([train, test]) };
}
