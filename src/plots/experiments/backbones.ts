import type { BackboneComparison, BackboneRow, Method } from '../../analysis/compare-backbones.ts';
import { compareAll } from '../../experiments/statistics/compare-settings.ts';
import { hardware } from '../../host/machine.ts';
import type { DrawOptions } from '../frame/card.ts';
import { joinCaption } from '../frame/captions.ts';
import { differencesPlot } from './differences.ts';
import { frontierPlot } from './frontier.ts';

export interface BackbonesPlotOptions extends DrawOptions {
  /** How features are turned into classes. @default 'logistic regression' */
  readonly method?: Method;
  /** @default what is drawn */
  readonly title?: string;
}

export interface BackbonesFrontierOptions extends BackbonesPlotOptions {
  /** What is along the axis: the time a picture takes, or how many numbers are made of it. @default 'time' */
  readonly cost?: 'time' | 'features';
}

/**
 * Draws what compared backbones cost and how accurate they are.
 * @returns HTML
 * @throws RangeError if nothing was judged by that method
 * @example
 * show(backbonesFrontier(await compareBackbones(sample(images, { train: 40, validation: 20 }), ['vgg19-mini'])));
 */
export function backbonesFrontier(comparison: BackboneComparison, options: BackbonesFrontierOptions = {}): string {
  const { method = 'logistic regression', cost = 'time', title, ...draw } = options;
  const timed = cost === 'time';
  const choices = rowsBy(comparison, method).map(({ name, accuracy, secondsPerImage, features }) => ({
    name,
    accuracy,
    cost: timed ? 1000 * secondsPerImage : features,
  }));
  return frontierPlot(choices, {
    ...draw,
    cost: timed ? 'milliseconds an image' : 'features of a picture',
    title: title ?? (timed ? 'Accuracy and time' : 'Accuracy and size of the features'),
    basis: joinCaption(comparison.bases[method], timed && `times: ${hardware()}`),
  });
}

export interface BackbonesDifferencesOptions extends BackbonesPlotOptions {
  /** The name of the backbone that the others are compared with. @default the first */
  readonly base?: string;
}

/**
 * Draws how much more accurate each backbone is than one of them, with intervals.
 * @returns HTML
 * @throws RangeError if there is no other one
 * @example
 * const compared = await compareBackbones(sample(images, { train: 40, validation: 20 }), ['vgg19-mini', 'efficientnet-lite0']);
 * show(backbonesDifferences(compared, { method: 'head' }));
 */
export function backbonesDifferences(
  comparison: BackboneComparison,
  options: BackbonesDifferencesOptions = {},
): string {
  const { method = 'logistic regression', base: asked, title, ...draw } = options;
  const rows = rowsBy(comparison, method);
  const base = asked ?? rows[0].name;
  const groups = Object.fromEntries(rows.map((row) => [row.name, [row]]));
  return differencesPlot(compareAll(groups, base), {
    ...draw,
    base,
    title: title ?? `By ${method}: difference to ${base}`,
    basis: comparison.bases[method],
  });
}

function rowsBy({ rows }: BackboneComparison, method: Method): readonly BackboneRow[] {
  const own = rows.filter((row) => row.method === method);
  if (own.length) return own;
  throw new RangeError(
    `method: expected one of ${[...new Set(rows.map((row) => row.method))].join(', ')}; got ${JSON.stringify(method)}.`,
  );
}
