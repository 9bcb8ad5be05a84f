import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';

export interface CheckOptions extends LookOptions {
  /** Whether it is set at first. @default false */
  readonly value?: boolean;
}

/**
 * Makes a box to tick.
 * @throws TypeError if its value is neither true nor false
 * @example
 * const flip = checkbox({ label: 'flip pictures', value: true });
 * show(flip);
 */
export const checkbox = (options: CheckOptions = {}): Control<boolean> =>
  check('checkbox', 'Checkbox', { indent: false }, 'CheckboxStyle', options);

/**
 * Makes a button that stays down.
 * @throws TypeError if its value is neither true nor false
 * @example
 * const wrong = toggle({ label: 'only mistakes' });
 * show(wrong);
 */
export const toggle = (options: CheckOptions = {}): Control<boolean> =>
  check('toggle', 'ToggleButton', {}, 'ToggleButtonStyle', options);

function check(
  kind: string,
  name: string,
  state: object,
  style: string,
  { value = false, ...look }: CheckOptions,
): Control<boolean> {
  const hold = (given: boolean): boolean => {
    if (typeof given !== 'boolean')
      throw new TypeError(`${kind}: value: expected true or false; got ${String(given)}.`);
    return given;
  };
  return new Control({
    kind,
    state: controlState(name, { ...state, value: hold(value) }, { ...look, style }),
    label: look.label,
    hold,
    accept: (sent) => (typeof sent === 'boolean' ? sent : undefined),
    write: (set) => (set ? 'yes' : 'no'),
    states: [false, true],
  });
}
