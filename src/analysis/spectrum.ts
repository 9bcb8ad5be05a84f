import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/dataset.ts';
import { cellSignal } from '../host/host.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { useTensorFlow } from '../host/tensorflow.ts';
import { type Interpolation, INTERPOLATIONS } from '../pixels/interpolation.ts';
import { upscale } from '../pixels/upscale.ts';

/** How much power interpolations put into each detail of upscaled pictures. */
export interface Spectra {
  readonly kind: 'spectra';
  readonly rows: readonly {
    readonly interpolation: Interpolation;
    /** Cycles per pixel of the small picture, above 0 to 2: from 0.5 on, what the interpolation made up. */
    readonly frequency: number;
    /** Mean power, in dB. */
    readonly power: number;
  }[];
  /** Size of the pictures before upscaling, in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** Height and width after upscaling, in pixels. */
  readonly size: number;
  /** Which pictures, in words. */
  readonly basis: string;
}

/**
 * Upscales the first pictures of a data set with every interpolation, and measures the power spectra of the results.
 * @param options.size height and width after upscaling, in pixels @default 224
 * @param options.count how many pictures are averaged over @default 16, or all if there are fewer
 * @throws RangeError if the pictures are not square; the signal's reason when aborted
 * @example
 * const spectra = await upscalingSpectra(images.train, { size: 64, count: 8 });
 */
export async function upscalingSpectra(
  dataset: Dataset,
  options: { readonly size?: number; readonly count?: number; readonly signal?: AbortSignal } = {},
): Promise<Spectra> {
  const { imageSize, name } = dataset;
  const [height, width] = imageSize;
  const { size = 224, count = Math.min(dataset.n, 16), signal = cellSignal() } = options;
  checkOptions('upscalingSpectra', { size, count }, { count: { to: dataset.n } });
  if (height !== width) throw new RangeError(`upscalingSpectra: expected square pictures; got ${height}×${width}.`);
  await useTensorFlow();
  const pixels = Int32Array.from(await dataset.read(0, count));
  const rows: Spectra['rows'][number][] = [];
  for (const interpolation of INTERPOLATIONS) {
    signal?.throwIfAborted();
    const rgb = tf.tensor4d(pixels, [count, height, width, 3], 'int32');
    const large = upscale(rgb, { size, interpolation });
    try {
      const power = await powerSpectrum(large);
      for (let bin = 1; bin < power.length && bin <= 2 * height; bin++)
        rows.push({ interpolation, frequency: bin / height, power: 10 * Math.log10(power[bin] + 1e-3) });
    } finally {
      tf.dispose([rgb, large]);
    }
    await tf.nextFrame(); // lets a Stop through
  }
  return { kind: 'spectra', rows, imageSize, size, basis: `${name}, the first ${count}` };
}

/**
 * Measures how much of a picture lies in which detail: the power spectrum of its brightness, averaged over all
 * directions and over the pictures. A Hann window keeps the edges out.
 * @param rgb [n, S, S, 3]
 * @returns mean power by frequency, 0 to 0.5 cycles a pixel in steps of 1/S; [S/2 + 1]
 */
export async function powerSpectrum(rgb: tf.Tensor4D): Promise<Float64Array> {
  const [, side, width] = rgb.shape;
  if (side !== width) throw new RangeError(`powerSpectrum: expected square pictures; got ${side}×${width}.`);
  const hann = Float32Array.from({ length: side }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / side));
  const mean = tf.tidy(() => {
    const weighted = rgb.toFloat<tf.Tensor4D>().mul(tf.tensor1d([0.299, 0.587, 0.114]));
    const grey = weighted.sum(3); // [n, S, S]
    const centred = grey.sub(grey.mean([1, 2], true));
    const windowed = centred.mul(tf.tensor1d(hann)).mul(tf.tensor2d(hann, [side, 1]));
    const rows = tf.fft(tf.complex(windowed, tf.zerosLike(windowed)));
    const turned = tf.complex(tf.real(rows).transpose([0, 2, 1]), tf.imag(rows).transpose([0, 2, 1]));
    const both = tf.fft(turned);
    return tf.real(both).square().add(tf.imag(both).square()).mean(0);
  });
  const power = await mean.data();
  mean.dispose();
  const bins = Math.floor(side / 2) + 1;
  const [sums, counts] = [new Float64Array(bins), new Float64Array(bins)];
  const frequency = (i: number): number => (i <= side / 2 ? i : i - side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const bin = Math.round(Math.hypot(frequency(y), frequency(x)));
      if (bin >= bins) continue;
      sums[bin] += power[y * side + x];
      counts[bin]++;
    }
  }
  return sums.map((sum, bin) => sum / counts[bin]);
}
