import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';
import { checkWithin, endsText, stepsOf } from './steps.ts';

export interface ProgressOptions extends LookOptions {
  /** How far it is at first. @default 0 */
  readonly value?: number;
}

/**
 * Makes a bar that shows how far something is; the kernel alone moves it.
 * @param total the value of a full bar
 * @throws RangeError if the total or the value is wrong
 * @example
 * const bar = progress(20, { label: 'epochs' });
 * show(bar);
 * bar.value = 10;
 */
export function progress(total: number, { value = 0, ...look }: ProgressOptions = {}): Control<number> {
  const steps = stepsOf('progress', 0, total);
  const hold = (given: number): number => {
    checkWithin('progress', given, steps);
    return given;
  };
  return new Control({
    kind: 'progress',
    state: controlState(
      'FloatProgress',
      { _view_name: 'ProgressView', min: 0, max: total, value: hold(value) },
      { ...look, style: 'ProgressStyle' },
    ),
    label: look.label,
    hold,
    accept: () => undefined,
    write: String,
    values: endsText(steps),
  });
}
