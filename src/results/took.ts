import type { Features } from '../features/features.ts';
import type { Outcome } from './rows.ts';

/** Features' width, bytes on disk and the most memory of the process that made them. */
export function whatItTook(all: readonly Features[]): Pick<Outcome, 'width' | 'disk' | 'backboneMiB'> {
  const width = all[0].shape.slice(1).reduce((a, b) => a * b, 1);
  const bytes = (of: Features): number => of.shape[0] * of.views * width * (of.origin?.dtype === 'float16' ? 2 : 4);
  return {
    width,
    disk: all.reduce((sum, one) => sum + bytes(one), 0),
    backboneMiB: Math.max(...all.map(({ origin }) => origin?.peakMemoryMiB ?? 0)),
  };
}
