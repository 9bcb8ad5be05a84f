import { element } from './embedded.ts';
import type { Answer } from './messages.ts';
import { drawPicture } from './pictures/picture-canvas.ts';
import type { ResultRow } from './results-csv.ts';

/**
 * Makes the table's row of a picture.
 * @param open shows its answer; undefined if it could not be read
 */
export function tableRow(
  { name, said }: ResultRow,
  probability = '',
  answer?: Answer,
  open?: () => void,
): HTMLTableRowElement {
  const picture = element('td');
  const file = element('td');
  if (answer) {
    const canvas = element('canvas', { 'aria-hidden': 'true' });
    drawPicture(canvas, answer);
    picture.append(canvas);
  }
  if (open) {
    const button = element('button', { type: 'button', class: 'link' }, name);
    button.addEventListener('click', open);
    file.append(button);
  } else file.append(name);
  return element('tr', {}, picture, file, element('td', {}, said), element('td', { class: 'number' }, probability));
}
