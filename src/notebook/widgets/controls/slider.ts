import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';
import { allSteps, checkWithin, decimalsOf, endsText, stepsOf, toStep } from './steps.ts';

export interface SliderOptions extends LookOptions {
  /** Where it stands at first. @default the lower end */
  readonly value?: number;
  /**
   * How far apart its values are.
   * @default 1 if both ends are whole and more than 1 apart, else about a twentieth of the way: 0.05 from 0 to 0.95
   */
  readonly step?: number;
}

/**
 * Makes a slider. What a page sends is rounded to the step.
 * @throws RangeError if the ends, the step or the value make no slider
 * @example
 * const dropout = slider(0, 0.95, { value: 0.5, label: 'dropout' });
 * dropout.addEventListener('change', () => console.log(dropout.value));
 * show(dropout);
 */
export function slider(min: number, max: number, { value = min, step, ...look }: SliderOptions = {}): Control<number> {
  const steps = stepsOf('slider', min, max, step);
  const hold = (given: number): number => {
    checkWithin('slider', given, steps);
    return toStep(given, steps);
  };
  return new Control({
    kind: 'slider',
    state: controlState(
      'FloatSlider',
      { ...steps, value: hold(value), readout_format: `.${decimalsOf(steps)}f` },
      { ...look, style: 'SliderStyle' },
    ),
    label: look.label,
    hold,
    accept: (sent) => (typeof sent === 'number' && Number.isFinite(sent) ? toStep(sent, steps) : undefined),
    write: String,
    values: endsText(steps),
    states: allSteps(steps),
  });
}
