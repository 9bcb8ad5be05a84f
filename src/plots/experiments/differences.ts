import * as Plot from '@observablehq/plot';
import type { Difference } from '../../experiments/statistics/compare.ts';
import { joinCaption } from '../frame/captions.ts';
import { COLOURS, count, type DrawOptions, plotCard } from '../frame/card.ts';
import { LETTER } from '../frame/labels.ts';

export interface DifferencesOptions extends DrawOptions {
  /** The name of the baseline that the rows are compared with. */
  readonly base: string;
  /** @default 'Difference to' the base */
  readonly title?: string;
  /** What all of them are based on: `basis` of a sweep. */
  readonly basis?: string;
}

/**
 * Draws differences to a common baseline, each with its interval; those whose interval holds 0 are grey.
 * @param rows rows as `compareAll` gives them
 * @returns HTML
 * @example
 * const rows = compareAll({ plain: swept.runs.slice(0, 2), dropout: swept.runs.slice(2) }, 'plain');
 * show(differencesPlot(rows, { base: 'plain' }));
 */
export function differencesPlot(
  rows: readonly { readonly name: string; readonly difference: Difference }[],
  { base, title = `Difference to ${base}`, basis, caption, document }: DifferencesOptions,
): string {
  const drawn = rows.map(({ name, difference: { value, interval } }) => {
    const [low, high] = interval.map((share) => 100 * share);
    const colour = low > 0 ? COLOURS.training : high < 0 ? COLOURS.validation : '#8a8a8a';
    return { name, value: 100 * value, low, high, colour };
  });
  type Row = (typeof drawn)[number];
  const shown = drawn
    .filter(({ low, high }) => low > 0 || high < 0)
    .map(({ name, value }) => `${name} ${value.toFixed(1)} points`);
  const said = ({ name, value, low, high }: Row): string =>
    `${name}: ${value.toFixed(1)} points (${low.toFixed(1)} to ${high.toFixed(1)})`;
  const label = (width: number): string =>
    [`points of accuracy more than ${base}`, `points more than ${base}`].find(
      (text) => LETTER * (text.length + 2) <= width - 8,
    ) ?? 'points of accuracy more';
  return plotCard(
    (width = 600) => ({
      width,
      height: 52 + drawn.length * 28,
      marginTop: 8,
      marginBottom: 44,
      marginLeft: 20 + Math.max(...drawn.map(({ name }) => name.length)) * 6.6,
      marginRight: 24,
      x: { label: label(width), grid: true, nice: true, labelOffset: 38 },
      y: { label: null, domain: drawn.map(({ name }) => name), padding: 0.4, type: 'band' },
      marks: [
        Plot.ruleX([0], { stroke: '#222' }),
        Plot.ruleY(drawn, { x1: 'low', x2: 'high', y: 'name', stroke: 'colour', strokeWidth: 2, marker: 'tick' }),
        Plot.dot(drawn, { x: 'value', y: 'name', r: 4.5, fill: 'colour', title: said }),
      ],
    }),
    {
      title,
      alt: `Differences to ${base} with intervals: ${shown.join('; ') || 'none shown'}.`,
      caption: joinCaption(caption ?? basis, intervalText(rows)),
      document,
    },
  );
}

/** Says how to read the intervals: without it the picture would claim more than was measured. */
function intervalText(rows: readonly { readonly difference: Difference }[]): string {
  const [{ comparisons, n }] = rows.map(({ difference }) => difference);
  const same = rows.every(({ difference }) => difference.comparisons === comparisons);
  const alone = rows.length > 1 ? ' for each comparison alone' : '';
  const together = same && comparisons > 1 ? ` for all ${comparisons} comparisons together` : alone;
  return `intervals: 95 %${together}, paired over n = ${count(n)} test images${seedsText(rows)}; grey: no difference shown`;
}

/** Says whether the intervals include seeds: only those of settings that were run more than once do. */
function seedsText(rows: readonly { readonly difference: Difference }[]): string {
  const counts = rows.flatMap(({ difference }) => difference.runs);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return '; one run each: other seeds are not in them';
  const runs = least === most ? `${most}` : `${least} to ${most}`;
  return ` and over ${runs} runs each${least === 1 ? '; of one run other seeds are not in them' : ''}`;
}
