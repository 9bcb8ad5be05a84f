import { BACKBONE_NAMES } from './known.mjs';
import { knownNetwork, TOP_LAYERS } from './networks.ts';

/** A smaller input of a network, and what it costs. */
export interface FastSize {
  /** Height and width of the input, in pixels. */
  readonly inputSize: number;
  /** What to expect beside the network's own size, and where that was measured, in words. */
  readonly expected: string;
}

/**
 * Gives the size at which a network computes faster and loses little: for VGG 160×160, at a convolutional cut.
 * @throws RangeError for another network or cut, for which no smaller size was measured
 * @example
 * const { inputSize, expected } = fastSize('vgg16');
 */
export function fastSize(network: string, cut?: string): FastSize {
  const { fast, layers } = knownNetwork(network) ?? {};
  if (!fast || !layers || (cut !== undefined && TOP_LAYERS.includes(cut)))
    throw new RangeError(
      `fast: expected ${FAST_NAMES.join(' or ')} at a convolutional cut, like block5_pool, for which a smaller input was ` +
        `measured; got ${network}${cut === undefined ? '' : ` to ${cut}`}.`,
    );
  const { inputSize, measured } = fast;
  const own = layers.inputSize;
  return { inputSize, expected: `${inputSize}×${inputSize} instead of ${own}×${own}: ${measured}` };
}

const FAST_NAMES = BACKBONE_NAMES.filter((name) => knownNetwork(name).fast);
