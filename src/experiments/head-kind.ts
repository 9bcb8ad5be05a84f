import type { HeadOptions } from '../models/head.ts';
import { isAboutSoftmax } from '../options/head-kinds.mjs';
import type { FitOptions } from '../training/fit-options.ts';
import type { Work } from './open-work.ts';

export type HeadKind = NonNullable<FitOptions['head']>;

/** Above so many numbers a regression would hold too much memory, and take minutes. */
const MOST = 100_000_000;

/**
 * Decides how a head is trained if nobody says so: photos have the better one of softmax and regression, everything
 * else the softmax of the original notebook.
 * @param options the options that were given
 * @returns the kind, and why in words
 */
export function headKind(
  options: { readonly head?: HeadKind },
  { photos, features }: Pick<Work, 'photos' | 'features'>,
): { readonly kind: HeadKind; readonly why: string } {
  if (options.head) return { kind: options.head, why: 'asked for' };
  const softmax = (why: string): ReturnType<typeof headKind> => ({ kind: 'softmax', why });
  if (!photos) return softmax('the default for named data sets');
  if (isAboutSoftmax(options)) return softmax('asked for by its options');
  const { train, validation } = features;
  if (!validation) return softmax('there are no validation images to choose by');
  if (train.shape.length !== 2) return softmax('the features are no vector');
  if (train.shape[0] * train.shape[1] > MOST) return softmax('the features are too many for a regression');
  return { kind: 'auto', why: 'the default for photos' };
}

/**
 * Gives the options of a head's layers, for the kind of head that is trained: a regression drops nothing.
 * @param kind @default softmax
 */
export const layersFor = (
  kind: HeadKind | undefined,
  { dropout, hidden, hiddenDropout, l2, seed }: Omit<HeadOptions, 'classes'>,
): Omit<HeadOptions, 'classes'> => ({
  ...{ hidden, hiddenDropout, l2, seed },
  dropout: kind === 'regression' ? 0 : dropout,
});
