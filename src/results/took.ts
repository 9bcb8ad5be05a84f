import type { Features } from '../features/features.ts';
import type { FeatureViews } from '../features/views.ts';
import type { Outcome } from './rows.ts';

/**
 * Gives features' width, bytes on disk, how many were there before, and the most memory of the process that made them.
 */
export function whatItTook(all: readonly (Features | FeatureViews)[]): Omit<Outcome, 'right' | 'chosen'> {
  const width = all[0].shape.slice(1).reduce((a, b) => a * b, 1);
  const bytes = (of: Features): number => of.shape[0] * of.views * width * (of.origin?.dtype === 'float16' ? 2 : 4);
  return {
    width,
    disk: all.reduce((sum, one) => sum + bytes(one), 0),
    kept: all.flatMap((one) => ('each' in one ? one.each : [one])).reduce((sum, { origin }) => sum + origin!.cached, 0),
    backboneMiB: Math.max(...all.map(({ origin }) => origin?.peakMemoryMiB ?? 0)),
  };
}
