import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';

export interface SelectOptions<T> extends LookOptions {
  /** What is selected at first, one of the values. @default the first */
  readonly value?: T;
}

/**
 * Makes a list of which one is selected.
 * @param options the values, or an object whose keys are the words for them
 * @throws RangeError if there are none, or a value is none of them
 * @example
 * const l2 = select([0, 1e-4, 1e-3], { label: 'weight decay' });
 * const interpolation = select({ smooth: 'bicubic', blocky: 'nearest' } as const);
 * show(l2);
 */
export function select<const T>(
  options: readonly T[] | Readonly<Record<string, T>>,
  { value, ...look }: SelectOptions<NoInfer<T>> = {},
): Control<T> {
  const names = Array.isArray(options) ? options.map(String) : Object.keys(options);
  const values = Object.values<T>(options);
  if (!values.length) throw new RangeError('select: expected at least one value to select; got none.');
  const hold = (given: T): number => {
    const at = values.indexOf(given);
    if (at < 0) throw new RangeError(`select: value: expected one of ${names.join(', ')}; got ${String(given)}.`);
    return at;
  };
  return new Control<T>({
    kind: 'select',
    state: controlState(
      'Dropdown',
      { _options_labels: names, index: value === undefined ? 0 : hold(value) },
      { ...look, style: 'DescriptionStyle' },
    ),
    label: look.label,
    key: 'index',
    read: (index) => values[index as number],
    hold,
    accept: (sent) => (Number.isInteger(sent) && Object.hasOwn(values, sent as number) ? sent : undefined),
    write: (one) => names[values.indexOf(one)],
    values: `of ${names.join(', ')}`,
    states: values,
  });
}
