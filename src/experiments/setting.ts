import type { HeadOptions } from '../models/head.ts';
import type { FitOptions } from '../training/fit-options.ts';

/** What a head can be trained with; each may be swept over. */
export interface Setting
  extends
    Omit<HeadOptions, 'classes'>,
    Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate' | 'optimizer' | 'schedule' | 'draws' | 'mixup'> {
  /** Only the first so many training images. @default all */
  readonly train?: number;
}

/** A setting in words: dropout 0.5, seed 1. */
export const describe = (setting: Setting): string =>
  Object.entries(setting)
    .map(([name, value]) => `${name} ${JSON.stringify(value).replaceAll('"', '')}`)
    .join(', ');
