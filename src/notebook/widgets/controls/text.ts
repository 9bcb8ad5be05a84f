import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';

export interface TextOptions extends LookOptions {
  /** What stands in it at first. @default '' */
  readonly value?: string;
  /** What stands in it, in grey, while it is empty. @default '' */
  readonly placeholder?: string;
}

/**
 * Makes a field for a line of text.
 * @throws TypeError if its value is no text
 * @example
 * const name = text({ label: 'class', placeholder: 'frog' });
 * show(name);
 */
export function text({ value = '', placeholder = '', ...look }: TextOptions = {}): Control<string> {
  const hold = (given: string): string => {
    if (typeof given !== 'string') throw new TypeError(`text: value: expected a text; got ${String(given)}.`);
    return given;
  };
  return new Control({
    kind: 'text',
    state: controlState('Text', { value: hold(value), placeholder }, { ...look, style: 'TextStyle' }),
    label: look.label,
    hold,
    accept: (sent) => (typeof sent === 'string' ? sent : undefined),
    write: (written) => (written ? `“${written}”` : 'empty'),
  });
}
