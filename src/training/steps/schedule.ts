import { OPTIONS } from '../../options/options.mjs';

/** The ways in which the learning rate can change over a training. */
export const SCHEDULES = OPTIONS.schedule.choices;
export type Schedule = (typeof SCHEDULES)[number];

/**
 * Gives the learning rate's share of its largest value at a step.
 * - `cosine`: 1 → 0 in half a wave (I. Loshchilov and F. Hutter, "SGDR", 2017, without restarts)
 * - `one-cycle`: up from 1/25 in the first 30 %, then down to 1/250,000, both in half waves (L. N. Smith and N. Topin,
 *   "Super-Convergence", 2018, as in PyTorch's OneCycleLR)
 * @param step the step, from 0
 * @param steps the steps of the whole training
 */
export function scheduled(schedule: Schedule, step: number, steps: number): number {
  const wave = (from: number, to: number, share: number): number =>
    to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  switch (schedule) {
    case 'constant':
    case 'plateau': // follows from losses, not from steps: plateauRate
      return 1;
    case 'cosine':
      return wave(1, 0, step / steps);
    case 'one-cycle': {
      if (steps === 1) return 1; // PyTorch's only step is its last, 1/250,000, which trains nothing
      const [start, end] = [1 / 25, 1 / 25 / 1e4];
      const top = 0.3 * steps - 1;
      return step <= top ? wave(start, 1, step / top) : wave(1, end, (step - top) / (steps - 1 - top));
    }
    default:
      throw new RangeError(`schedule: expected one of ${SCHEDULES.join(', ')}; got "${String(schedule)}".`);
  }
}
