import { formatNumber } from '../../../text/numbers.ts';

/** The values of a slider: from, to, and how far apart. */
export interface Steps {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/**
 * Checks the ends and the step of a slider.
 * @param step how far apart its values are; undefined gives 1 if both ends are whole and more than 1 apart, else about a
 * twentieth of the way, rounded to 1, 2 or 5 of a power of ten
 * @throws RangeError saying what was expected
 */
export function stepsOf(kind: string, min: number, max: number, step = usualStep(min, max)): Steps {
  if (!Number.isFinite(min) || !Number.isFinite(max) || !(min < max))
    throw new RangeError(`${kind}: expected two numbers, the lower one first; got ${min} and ${max}.`);
  if (!(step > 0) || step > max - min)
    throw new RangeError(`${kind}: step: expected a number above 0 and at most ${max - min}; got ${step}.`);
  return { min, max, step };
}

function usualStep(min: number, max: number): number {
  if (Number.isInteger(min) && Number.isInteger(max) && max - min > 1) return 1;
  const twentieth = (max - min) / 20;
  const power = 10 ** Math.floor(Math.log10(twentieth));
  return (Number([1, 2, 5, 10].find((digit) => digit * power >= twentieth * 0.99)) || 10) * power;
}

/** Rounds a number to the nearest value of a slider, without the noise of binary fractions: 0.15, not 0.15000000000000002. */
export function toStep(value: number, { min, max, step }: Steps): number {
  const within = Math.min(max, Math.max(min, value));
  const rounded = Math.min(max, min + Math.round((within - min) / step) * step);
  return Number(rounded.toFixed(Math.min(20, decimalsOf({ min, max, step }))));
}

/** Counts the decimals that the values of a slider have. */
export const decimalsOf = ({ min, max, step }: Steps): number => Math.max(...[min, max, step].map(decimals));

function decimals(value: number): number {
  const [digits, power = '0'] = String(Number(value.toPrecision(12))).split('e');
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(power));
}

/** Lists all values of a slider. */
export const allSteps = (steps: Steps): number[] =>
  Array.from({ length: Math.floor((steps.max - steps.min) / steps.step + 1e-9) + 1 }, (_, i) =>
    toStep(steps.min + i * steps.step, steps),
  );

/** @throws RangeError if a slider cannot have a value */
export function checkWithin(kind: string, value: unknown, { min, max }: Steps): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw new RangeError(`${kind}: value: expected a number from ${min} to ${max}; got ${String(value)}.`);
}

/** Writes the ends of a slider: "0 to 0.95". */
export const endsText = ({ min, max }: Steps): string => `${formatNumber(min)} to ${formatNumber(max)}`;
