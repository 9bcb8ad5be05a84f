import * as Plot from '@observablehq/plot';
import type { Spectra } from '../analysis/spectrum.ts';
import { INTERPOLATIONS } from '../pixels/interpolation.ts';
import { classColour, type DrawOptions, plotCard } from './frame/card.ts';

/**
 * Shows how much of each detail every interpolation produces: power spectra of the upscaled pictures, in dB against
 * their strongest frequency. Right of the small picture's finest detail (half a cycle a pixel) there should be nothing;
 * anything there was made up by the interpolation.
 * @param spectra spectra as `upscalingSpectra` gives them
 * @returns HTML
 * @example
 * show(spectrumPlot(await upscalingSpectra(images.train, { count: 8 })));
 */
export function spectrumPlot(
  { rows, imageSize, size, basis }: Omit<Spectra, 'kind'>,
  { caption, document }: DrawOptions = {},
): string {
  const strongest = rows.reduce((most, { power }) => Math.max(most, power), -Infinity);
  const shown = rows.map((row) => ({ ...row, power: row.power - strongest }));
  const finest = ['finest detail of the small picture'];
  return plotCard(
    {
      width: 600,
      height: 330,
      marginBottom: 42,
      marginLeft: 46,
      x: { label: `cycles per pixel of the ${imageSize.join('×')} picture`, labelOffset: 38 },
      y: { label: 'power (dB; 0: the strongest)', grid: true, nice: true },
      color: {
        type: 'categorical',
        domain: [...INTERPOLATIONS],
        range: INTERPOLATIONS.map((_, k) => classColour(k)),
        legend: true,
      },
      marks: [
        Plot.ruleX([0.5], { stroke: '#222', strokeDasharray: '4,3' }),
        Plot.text(finest, { x: () => 0.5, frameAnchor: 'top', textAnchor: 'start', dx: 5, dy: 2 }),
        // when enlarging by a whole number, `area` is `nearest`: dashes let the line below be seen
        ...[undefined, '9,9'].map((strokeDasharray) => {
          const own = shown.filter(({ interpolation }) => (interpolation === 'area') === Boolean(strokeDasharray));
          const stroke = { stroke: 'interpolation', strokeWidth: 1.75, strokeDasharray };
          return Plot.lineY(own, { x: 'frequency', y: 'power', ...stroke });
        }),
      ],
    },
    {
      title: `Spectrum of pictures upscaled to ${size}×${size}, by interpolation`,
      alt: `Mean power spectrum of pictures (${basis}) upscaled with ${[...new Set(rows.map((row) => row.interpolation))].join(', ')}.`,
      caption: caption ?? basis,
      document,
    },
  );
}
