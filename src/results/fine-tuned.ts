import path from 'node:path';
import { extractViews } from '../features/views.ts';
import { loadNetwork } from '../models/network.ts';
import { cutAt, freeze } from '../models/surgery.ts';
import { evaluate } from '../training/evaluate.ts';
import { fineTune, headAbove } from '../training/fine-tune.ts';
import { whatItTook } from './took.ts';
import { allTraining } from './all-training.ts';
import type { Outcome, Trial } from './rows.ts';

const CUT = 'block4_pool';
const SHIFTED = { horizontalFlip: true, widthShiftRange: 0.1, heightShiftRange: 0.1 };

/** Block 5 and a new softmax on features of `block4_pool`, of several views of each training image; nothing chosen. */
export async function fineTuned(
  { images, seed, cache, clock }: Trial,
  { size: inputSize, views, epochs }: { readonly size: number; readonly views: number; readonly epochs: number },
): Promise<Outcome> {
  const training = allTraining(images);
  const base = freeze(cutAt(await loadNetwork('vgg16', { top: false, inputSize }), CUT));
  const train = await clock.time('features', () =>
    extractViews(base, training, SHIFTED, { views, original: true, cache }),
  );
  const mirrored = { views: 2, original: true, cache, calibration: training };
  const test = await clock.time('features', () => extractViews(base, images.test, { horizontalFlip: 1 }, mirrored));
  const head = await headAbove('vgg16', CUT, { classes: training.classNames, dropout: 0.5, inputSize });
  // where it is stopped, the next call goes on
  const checkpoint = path.join(cache, `fine-tuned-${inputSize}-${training.n}-${seed}.bin`);
  await clock.time('training', () =>
    fineTune(head, train, { seed, headEpochs: 2, epochs, learningRate: 1e-4, batchSize: 64, checkpoint }),
  );
  const { right } = await clock.time('test', () => evaluate(head, test));
  return { right, ...whatItTook([train, test]) };
}
