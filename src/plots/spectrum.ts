import * as Plot from '@observablehq/plot';
import * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import { type Kernel, KERNELS } from '../pixels/interpolation.ts';
import { powerSpectrum } from '../analysis/spectrum.ts';
import { upscale } from '../pixels/upscale.ts';
import { classColour, plotCard } from './card.ts';

/**
 * What each kernel puts into which detail: power spectra of the upscaled pictures. Right of the small picture's finest detail
 * (half a cycle a pixel) there should be nothing; what is there was made up by the kernel.
 * @param images the first `count` are taken
 */
export function spectrumPlot(
  images: Images,
  { size = 224, count = 16, caption }: { readonly size?: number; readonly count?: number; readonly caption?: string } = {},
): string {
  const [n, height, width] = images.shape;
  const used = Math.min(n, count);
  const scale = size / height;
  const rows = KERNELS.flatMap((kernel: Kernel) => {
    const large = tf.tidy(() =>
      upscale(tf.tensor4d(Int32Array.from(images.pixels.subarray(0, used * height * width * 3)), [used, height, width, 3], 'int32'), { size, kernel }),
    );
    const power = powerSpectrum(large);
    large.dispose();
    return Array.from(power, (value, bin) => ({ kernel, frequency: (bin / size) * scale, power: 10 * Math.log10(value + 1e-3) })).filter(
      ({ frequency }) => frequency > 0 && frequency <= 2,
    );
  });
  return plotCard(
    {
      width: 600,
      height: 330,
      marginBottom: 42,
      marginLeft: 46,
      x: { label: `cycles per pixel of the ${height}×${width} picture`, labelOffset: 38 },
      y: { label: 'power (dB)', grid: true, nice: true },
      color: { type: 'categorical', domain: [...KERNELS], range: KERNELS.map((_, k) => classColour(k)), legend: true },
      marks: [
        Plot.ruleX([0.5], { stroke: '#222', strokeDasharray: '4,3' }),
        Plot.text([{ x: 0.5 }], { x: 'x', frameAnchor: 'top', text: () => 'finest detail of the small picture', textAnchor: 'start', dx: 5, dy: 2 }),
        Plot.lineY(rows, { x: 'frequency', y: 'power', stroke: 'kernel', strokeWidth: 1.75 }),
      ],
    },
    {
      title: `Spectrum of pictures upscaled to ${size}×${size}, by kernel`,
      alt: `Mean power spectrum of ${used} pictures upscaled with ${KERNELS.join(', ')}.`,
      caption: caption ?? `${images.name}, the first ${used}`,
    },
  );
}
