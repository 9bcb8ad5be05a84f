import type { PreprocessingName } from '../pixels/preprocess.ts';

/** One VGG network, as a row of the table below. */
export interface Architecture {
  /** Convolutions in each of the five blocks. */
  readonly convolutions: readonly number[];
  /** Channels in each block. */
  readonly widths: readonly number[];
  /** Units of `fc1` and `fc2`. */
  readonly units: number;
  /** Units of `predictions`. */
  readonly classes: number;
  /** Height and width that the network was trained on, in pixels. */
  readonly inputSize: number;
  readonly preprocess: PreprocessingName;
  /** Share of a photo's shorter side that it was tested on; the rest is cut off. @default 0.875 */
  readonly cropFraction?: number;
}

/**
 * The networks of K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
 * 2014, with the layer names of keras/src/applications/vgg19.py and vgg16.py. `vgg19-mini` is Graft's own: a narrow
 * VGG19 trained on a 200-class subset of ImageNet (data/weights/README.md), small enough to come with the project.
 */
export const ARCHITECTURES = {
  vgg19: {
    convolutions: [2, 2, 4, 4, 4],
    widths: [64, 128, 256, 512, 512],
    units: 4096,
    classes: 1000,
    inputSize: 224,
    preprocess: 'caffe',
  },
  vgg16: {
    convolutions: [2, 2, 3, 3, 3],
    widths: [64, 128, 256, 512, 512],
    units: 4096,
    classes: 1000,
    inputSize: 224,
    preprocess: 'caffe',
  },
  'vgg19-mini': {
    convolutions: [2, 2, 4, 4, 4],
    widths: [16, 32, 64, 128, 128],
    units: 512,
    classes: 200,
    inputSize: 64,
    preprocess: 'caffe',
    cropFraction: 1,
  },
} as const satisfies Record<string, Architecture>;

export type NetworkName = keyof typeof ARCHITECTURES;
export const NETWORK_NAMES = Object.keys(ARCHITECTURES) as NetworkName[];

export function checkNetworkName(name: string): asserts name is NetworkName {
  if (!(NETWORK_NAMES as string[]).includes(name)) {
    throw new RangeError(`backbone: expected one of ${NETWORK_NAMES.join(', ')}; got "${name}".`);
  }
}
