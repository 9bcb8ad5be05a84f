import path from 'node:path';
import { loadNetwork } from '../models/networks/network.ts';
import { cutAt, freeze } from '../models/surgery.ts';
import { evaluate } from '../training/evaluation/evaluate.ts';
import { fineTune, headAbove } from '../training/fine-tune.ts';
import { whatItTook } from './took.ts';
import type { Outcome, Trial } from './rows.ts';
import { withViews } from './with-views.ts';

const CUT = 'block4_pool';

/**
 * Trains block 5 and a new softmax on `block4_pool` features of several views of each training image; nothing is
 * chosen.
 */
export async function fineTuned(
  trial: Trial,
  { size: inputSize, views, epochs }: { readonly size: number; readonly views: number; readonly epochs: number },
): Promise<Outcome> {
  const { images, seed, cache, time } = trial;
  const base = freeze(cutAt(await loadNetwork('vgg16', { top: false, inputSize }), CUT));
  const { train, test } = await withViews(base, trial, views);
  const head = await headAbove('vgg16', CUT, { classes: images.train.classNames, dropout: 0.5, inputSize });
  // if it is stopped, the next call continues it
  const checkpoint = path.join(cache, `fine-tuned-${inputSize}-${train.shape[0]}-${seed}.bin`);
  await time('training', () =>
    fineTune(head, train, { seed, headEpochs: 2, epochs, learningRate: 1e-4, batchSize: 64, checkpoint }),
  );
  const { right } = await time('test', () => evaluate(head, test));
  return { right, ...whatItTook([train, test]) };
}
