import { checkOptions } from '../host/option-ranges.ts';
import type { FitOptions } from './fit-options.ts';

/**
 * Ends a training after so many epochs, as a machine that goes down would: to see that its checkpoint goes on from
 * there. Its options are spread into those of `fit` or `fineTune`.
 * @throws RangeError if that is no whole number from 1
 * @example
 * const checkpoint = `tried-${Date.now()}.bin`;
 * await fit(head, train, { epochs: 4, checkpoint, ...stopAfter(2) });
 * const whole = await fit(head, train, { epochs: 4, checkpoint });
 */
export function stopAfter(epochs: number): Required<Pick<FitOptions, 'signal' | 'onEpoch'>> {
  checkOptions('stopAfter', { epochs });
  const stop = new AbortController();
  return { signal: stop.signal, onEpoch: ({ epoch }) => void (epoch >= epochs && stop.abort()) };
}
