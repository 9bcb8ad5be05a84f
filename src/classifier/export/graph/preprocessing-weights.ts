import { normalizationOf, type Preprocessing } from '../../../pixels/preprocess.ts';

/**
 * Gives preprocessing as the weights of a convolution of 1×1, which turns channels around, scales and shifts them: a
 * plain layer everywhere, in front of the network's own padding.
 * @returns its kernel [1, 1, 3, 3] and its bias [3]
 */
export function preprocessingWeights(
  preprocess: Preprocessing,
): { readonly shape: number[]; readonly values: Float32Array }[] {
  const { channels, mean, std } = normalizationOf(preprocess);
  const level = channels === 'BGR' ? [2, 1, 0] : [0, 1, 2];
  const kernel = Float32Array.from({ length: 9 }, (_, i) => (level[i % 3] === Math.floor(i / 3) ? 1 / std[i % 3] : 0));
  const bias = Float32Array.from(mean, (value, i) => -value / std[i]);
  return [
    { shape: [1, 1, 3, 3], values: kernel },
    { shape: [3], values: bias },
  ];
}
