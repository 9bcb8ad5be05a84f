import * as Plot from '@observablehq/plot';
import type { Classifier } from '../../classifier/classifier.ts';
import type { Prediction } from '../../classifier/predictor.ts';
import { COLOURS, type DrawOptions, percent, plotCard } from '../frame/card.ts';

type Ranking = Prediction['ranking'];

export interface ProbabilityBarsOptions extends DrawOptions {
  /** @default the picture's file and its most probable class */
  readonly title?: string;
  /** The classifier that predicted, for the caption. */
  readonly classifier?: Classifier;
}

/**
 * Shows how sure a classifier is of each class, most probable first.
 * @param of a prediction, or its ranking
 * @returns HTML
 * @example
 * const [first] = await predict(model, images.test);
 * show(probabilityBars(first));
 */
export function probabilityBars(of: Prediction | Ranking, options: ProbabilityBarsOptions = {}): string {
  const prediction = 'ranking' in of ? of : undefined;
  const ranking = prediction?.ranking ?? (of as Ranking);
  const { title = titleOf(prediction), caption, classifier, document } = options;
  const rows = ranking.map(({ className, probability }) => ({ className, value: 100 * probability }));
  const text = ({ value }: (typeof rows)[number]): string => `${value.toFixed(1)} %`;
  const first = ranking.slice(0, 3).map(({ className, probability }) => `${className} ${percent(probability)}`);
  return plotCard(
    {
      width: 420,
      height: 50 + rows.length * 20,
      marginTop: 8,
      marginBottom: 42,
      marginLeft: 16 + Math.max(...rows.map(({ className }) => className.length)) * 6.6,
      marginRight: 52,
      x: { label: 'probability (%)', domain: [0, 100], grid: true, labelOffset: 38 },
      y: { label: null, domain: rows.map(({ className }) => className), padding: 0.25 },
      marks: [
        Plot.barX(rows, { x: 'value', y: 'className', fill: COLOURS.training, fillOpacity: 0.75 }),
        Plot.text(rows, { x: 100, y: 'className', text, textAnchor: 'start', dx: 6 }),
      ],
    },
    { title, caption: caption ?? classifier?.toString(), alt: `Most probable: ${first.join(', ')}.`, document },
  );
}

const titleOf = (prediction?: Prediction): string | undefined =>
  prediction && `${prediction.file ? `${prediction.file}: ` : ''}${prediction.className}`;
