import { Control } from './control.ts';
import { controlState } from '../states.ts';
import type { SliderOptions } from './slider.ts';
import { checkWithin, decimalsOf, endsText, stepsOf, toStep } from './steps.ts';

export interface RangeOptions extends Omit<SliderOptions, 'value'> {
  /** Both ends of the range at first. @default the whole way */
  readonly value?: readonly [from: number, to: number];
}

/**
 * Makes a slider with two handles; its value is [from, to].
 * @throws RangeError if the ends, the step or the value make no range
 * @example
 * const sizes = range(32, 224, { value: [64, 128], step: 32, label: 'input size' });
 * show(sizes);
 */
export function range(
  min: number,
  max: number,
  { value = [min, max], step, ...look }: RangeOptions = {},
): Control<readonly [from: number, to: number]> {
  const steps = stepsOf('range', min, max, step);
  const hold = (given: readonly [number, number]): readonly [number, number] => {
    if (!Array.isArray(given) || given.length !== 2 || given[0] > given[1])
      throw new RangeError(`range: value: expected [from, to], the lower one first; got ${JSON.stringify(given)}.`);
    for (const end of given) checkWithin('range', end, steps);
    return [toStep(given[0], steps), toStep(given[1], steps)];
  };
  return new Control({
    kind: 'range',
    state: controlState(
      'FloatRangeSlider',
      { ...steps, value: hold(value), readout_format: `.${decimalsOf(steps)}f` },
      { ...look, style: 'SliderStyle' },
    ),
    label: look.label,
    hold,
    accept(sent) {
      const both = Array.isArray(sent) && sent.length === 2 && sent.every((end) => Number.isFinite(end));
      if (!both) return undefined;
      const [from, to] = (sent as number[]).map((end) => toStep(end, steps));
      return [Math.min(from, to), Math.max(from, to)];
    },
    write: ([from, to]) => `${from} to ${to}`,
    values: endsText(steps),
  });
}
