import * as Plot from '@observablehq/plot';
import { percent, plotCard } from './card.ts';

/** K × K counts: row = true class, column = predicted class. */
export function confusionCounts(labels: ArrayLike<number>, predictions: ArrayLike<number>, classes: number): Int32Array {
  if (labels.length !== predictions.length)
    throw new RangeError(`confusion matrix: expected as many predictions as labels (${labels.length}); got ${predictions.length}.`);
  const counts = new Int32Array(classes * classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i] * classes + predictions[i]]++;
  return counts;
}

/**
 * Which class is taken for which: each row shows where the images of one class went, in per cent of that class.
 * @param options.caption what the figures rest on
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classNames: readonly string[],
  { caption }: { readonly caption?: string } = {},
): string {
  const k = classNames.length;
  const counts = confusionCounts(labels, predictions, k);
  const cells = classNames.flatMap((truth, i) => {
    const total = counts.subarray(i * k, (i + 1) * k).reduce((a, b) => a + b, 0);
    return classNames.map((guess, j) => ({ truth, guess, count: counts[i * k + j], share: total ? counts[i * k + j] / total : 0 }));
  });
  const worst = [...cells].filter((c) => c.truth !== c.guess).sort((a, b) => b.share - a.share)[0];
  const longest = Math.max(...classNames.map((name) => name.length));
  const side = Math.max(30, Math.min(46, 460 / k));
  const margin = 16 + longest * 6.4;
  return plotCard(
    {
      width: margin + side * k + 12,
      height: margin + side * k + 12,
      marginLeft: margin,
      marginTop: margin,
      marginBottom: 8,
      marginRight: 8,
      padding: 0.04,
      x: { label: 'predicted', domain: [...classNames], axis: 'top', tickRotate: -45, labelAnchor: 'right', tickSize: 3, labelOffset: margin - 6 },
      y: { label: 'true class', domain: [...classNames], tickSize: 3, labelOffset: margin - 6 },
      color: { type: 'linear', domain: [0, 1], interpolate: (t: number) => blues(t) },
      marks: [
        Plot.cell(cells, {
          x: 'guess',
          y: 'truth',
          fill: (c: (typeof cells)[number]) => Math.sqrt(c.share),
          title: (c: (typeof cells)[number]) => `${c.truth} taken for ${c.guess}: ${c.count.toLocaleString('en-US')} images, ${percent(c.share)}`,
        }),
        Plot.text(
          cells.filter((c) => c.count > 0),
          {
            x: 'guess',
            y: 'truth',
            text: (c: (typeof cells)[number]) => (c.share < 0.005 ? '' : (100 * c.share).toFixed(0)),
            fill: (c: (typeof cells)[number]) => (c.share > 0.3 ? 'white' : '#222'),
            fontSize: 11,
          },
        ),
      ],
    },
    {
      title: 'Confusion matrix, % of each true class',
      alt: `Confusion matrix of ${k} classes. The most frequent mistake: ${percent(worst.share)} of ${worst.truth} taken for ${worst.guess}.`,
      caption,
    },
  );
}

/** White to dark blue; lightness falls evenly. */
function blues(t: number): string {
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * t);
  return `rgb(${mix(247, 8)},${mix(250, 64)},${mix(253, 129)})`;
}
