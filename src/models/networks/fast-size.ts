import { TOP_LAYERS } from './networks.ts';

/** A smaller input of a network, and what it costs. */
export interface FastSize {
  /** Height and width of the input, in pixels. */
  readonly inputSize: number;
  /** What to expect beside the network's own size, and where that was measured, in words. */
  readonly expected: string;
}

/** Of VGG's input, in pixels: about half the cost, for 0.4 points on all of CIFAR-10 (docs/results.md). */
export const FAST = 160;
const MEASURED =
  '1.9 times as fast; accuracy +0.5 points (95 % interval −0.6 to 1.6) on CIFAR-10 (VGG16 to block5_pool, 2,500 training ' +
  'and 4,000 test images, three seeds, paired); with all 50,000 training images 89.2 % instead of 89.6 % (docs/results.md)';

/**
 * The size at which VGG computes faster and loses little: 160×160, at a convolutional cut.
 * @throws RangeError for another network or cut, of which no smaller size was measured
 */
export function fastSize(network: string, cut?: string): FastSize {
  if (!/^vgg1[69]$/.test(network) || (cut !== undefined && TOP_LAYERS.includes(cut)))
    throw new RangeError(
      'fast: expected vgg16 or vgg19 at a convolutional cut, like block5_pool, of which a smaller input was measured; ' +
        `got ${network}${cut === undefined ? '' : ` to ${cut}`}.`,
    );
  return { inputSize: FAST, expected: `${FAST}×${FAST} instead of 224×224: ${MEASURED}` };
}
