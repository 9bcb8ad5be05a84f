import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';

export interface NumberOptions extends LookOptions {
  /** What stands in it at first. @default the least, or 0 */
  readonly value?: number;
  /** The least and the most that it takes. @default any number */
  readonly min?: number;
  readonly max?: number;
  /** How far its arrows go. @default 1 */
  readonly step?: number;
}

/**
 * Makes a field for a number. What a page sends is moved into its limits.
 * @throws RangeError if the limits or the value are wrong
 * @example
 * const epochs = number({ label: 'epochs', value: 20, min: 1, max: 200 });
 * show(epochs);
 */
export function number({ min, max, step = 1, value, ...look }: NumberOptions = {}): Control<number> {
  const [from, to] = [min ?? -Number.MAX_VALUE, max ?? Number.MAX_VALUE];
  if (!(from < to)) throw new RangeError(`number: expected min below max; got ${min} and ${max}.`);
  if (!(step > 0)) throw new RangeError(`number: step: expected a number above 0; got ${step}.`);
  const limits =
    min === undefined && max === undefined ? 'any number' : `a number from ${min ?? '−∞'} to ${max ?? '∞'}`;
  const hold = (given: number): number => {
    if (typeof given !== 'number' || !(given >= from && given <= to))
      throw new RangeError(`number: value: expected ${limits}; got ${String(given)}.`);
    return given;
  };
  const bounded = min !== undefined || max !== undefined;
  const first = value ?? Math.min(to, Math.max(from, 0));
  return new Control({
    kind: 'number',
    state: controlState(
      bounded ? 'BoundedFloatText' : 'FloatText',
      { _view_name: 'FloatTextView', value: hold(first), step, ...(bounded && { min: from, max: to }) },
      { ...look, style: 'DescriptionStyle' },
    ),
    label: look.label,
    hold,
    accept: (sent) =>
      typeof sent === 'number' && Number.isFinite(sent) ? Math.min(to, Math.max(from, sent)) : undefined,
    write: String,
    ...(bounded && { values: limits }),
  });
}
