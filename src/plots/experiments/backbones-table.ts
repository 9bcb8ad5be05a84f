import type { BackboneComparison, BackboneRow } from '../../analysis/compare-backbones.ts';
import { escapeHtml } from '../../text/html.ts';
import { formatNumber, formatRate } from '../../text/numbers.ts';
import { joinCaption } from '../frame/captions.ts';
import { count } from '../frame/card.ts';

/**
 * Shows compared backbones as a table, in their order: numbers of a picture, images a second, and for each way of
 * judging the accuracy in percent with its 95 % interval.
 * @returns HTML
 * @example
 * show(backbonesTable(await compareBackbones(sample(images, { train: 40, validation: 20 }), ['vgg19-mini'])));
 */
export function backbonesTable({ rows, bases }: BackboneComparison): string {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const names = [...new Set(rows.map(({ name }) => name))];
  const head = ['backbone', 'features', 'images/s', ...methods, 'decay'].map((name, i) => cell('th', name, i));
  const body = names.map((name) => {
    const own = rows.filter((row) => row.name === name);
    const [{ features, secondsPerImage }] = own;
    const decay = decayOf(own.find((row) => row.l2 !== undefined));
    const shares = methods.map((method) => accuracyText(own.find((row) => row.method === method)));
    const cells = [name, count(features), formatRate(1 / secondsPerImage), ...shares, decay];
    return `<tr>${cells.map((text, i) => cell('td', text, i)).join('')}</tr>`;
  });
  const said = joinCaption(
    `accuracy in % with its 95 % interval, n = ${count(rows[0]?.accuracy.n ?? 0)} test images`,
    bases.head,
  );
  return (
    `<div style="display:inline-block;max-width:100%;overflow-x:auto">` +
    `<table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>` +
    `<div style="font:12px system-ui,sans-serif;opacity:0.75">${escapeHtml(said)}</div></div>`
  );
}

/** Writes the decay: 0.001; and says if it was the last one tried, or if the regression did not reach its optimum. */
function decayOf(row: BackboneRow | undefined): string {
  if (row?.l2 === undefined) return '–';
  const { l2, edge, converged } = row;
  const notes = [edge && `the ${edge} tried`, !converged && 'not at its optimum'].filter(Boolean);
  return [formatNumber(l2), ...notes].join(', ');
}

/** Writes an accuracy: 85.2 (82.9 to 87.3). */
function accuracyText(row: BackboneRow | undefined): string {
  if (!row) return '–';
  const { value, interval } = row.accuracy;
  const [share, low, high] = [value, ...interval].map((part) => (100 * part).toFixed(1));
  return `${share} (${low} to ${high})`;
}

/** Writes a cell: names are aligned left, figures right, and neither is broken. */
const cell = (tag: string, text: string, column: number): string =>
  `<${tag} style="text-align:${column ? 'right' : 'left'};white-space:nowrap">${escapeHtml(text)}</${tag}>`;
