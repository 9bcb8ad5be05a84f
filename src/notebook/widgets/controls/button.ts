import { Control } from './control.ts';
import { controlState, type LookOptions } from '../states.ts';

/**
 * Makes a button. Its value is how often it was pressed.
 * @throws TypeError without words on it
 * @example
 * const again = button('Draw again');
 * again.addEventListener('change', () => show(head));
 * show(again);
 */
export function button(label: string, look: Pick<LookOptions, 'width'> = {}): Control<number> {
  if (typeof label !== 'string' || !label)
    throw new TypeError(`button: expected the words on it; got ${String(label)}.`);
  let pressed = 0;
  return new Control<number>({
    kind: 'button',
    state: controlState('Button', { description: label }, { ...look, style: 'ButtonStyle' }),
    label,
    read: () => pressed,
    hold(): never {
      throw new TypeError('button: expected nobody to set how often it was pressed.');
    },
    accept: () => undefined,
    onCustom(control, content) {
      if ((content as { event?: unknown } | undefined)?.event !== 'click') return;
      pressed++;
      control.changed();
    },
    html: () => '', // where it does nothing, it says nothing
    write: (times) => `pressed ${times} ${times === 1 ? 'time' : 'times'}`,
  });
}
