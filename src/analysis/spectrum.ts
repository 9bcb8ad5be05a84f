import * as tf from '@tensorflow/tfjs';

/**
 * How much of a picture lies in which detail: the power spectrum of its brightness, averaged over all directions and over
 * the pictures. A Hann window keeps the edges out.
 * @param rgb [n, S, S, 3]
 * @returns mean power by frequency, 0 to 0.5 cycles a pixel in steps of 1/S; [S/2 + 1]
 */
export function powerSpectrum(rgb: tf.Tensor4D): Float64Array {
  const [, side, width] = rgb.shape;
  if (side !== width) throw new RangeError(`powerSpectrum: expected square pictures; got ${side}×${width}.`);
  const power = tf.tidy(() => {
    const grey = rgb
      .toFloat<tf.Tensor4D>()
      .mul(tf.tensor1d([0.299, 0.587, 0.114]))
      .sum(3); // [n, S, S]
    const hann = tf.tensor1d(Float32Array.from({ length: side }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / side)));
    const windowed = grey
      .sub(grey.mean([1, 2], true))
      .mul(hann)
      .mul(hann.expandDims(1));
    const rows = tf.fft(tf.complex(windowed, tf.zerosLike(windowed)));
    const turned = tf.complex(tf.real(rows).transpose([0, 2, 1]), tf.imag(rows).transpose([0, 2, 1]));
    const both = tf.fft(turned);
    return tf.real(both).square().add(tf.imag(both).square()).mean(0).dataSync();
  });
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
