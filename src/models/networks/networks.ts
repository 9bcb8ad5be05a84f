import type { PreprocessingName } from '../../pixels/preprocess.ts';

/** One network, as a row of the table below. */
export type Architecture = VggArchitecture | ResNetArchitecture | MobileNetV2Architecture;

interface Trained {
  /** Units of `predictions`. */
  readonly classes: number;
  /** Height and width that the network was trained on, in pixels. */
  readonly inputSize: number;
  readonly preprocess: PreprocessingName;
  /** Share of a photo's shorter side that it was tested on; the rest is cut off. @default 0.875 */
  readonly cropFraction?: number;
}

/** keras/src/applications/vgg19.py and vgg16.py: five blocks of convolutions, then fully connected layers. */
export interface VggArchitecture extends Trained {
  readonly family: 'vgg';
  /** Convolutions in each of the five blocks. */
  readonly convolutions: readonly number[];
  /** Channels in each block. */
  readonly widths: readonly number[];
  /** Units of `fc1` and `fc2`. */
  readonly units: number;
}

/** keras/src/applications/resnet.py, first version: stacks `conv2` … `conv5` of bottleneck blocks. */
export interface ResNetArchitecture extends Trained {
  readonly family: 'resnet';
  /** Channels of the first convolution. */
  readonly stem: number;
  /** Blocks in each stack. */
  readonly blocks: readonly number[];
  /** Channels inside each stack's blocks; they put out four times as many. */
  readonly widths: readonly number[];
}

/** keras/src/applications/mobilenet_v2.py: inverted residual blocks with linear bottlenecks. */
export interface MobileNetV2Architecture extends Trained {
  readonly family: 'mobilenet-v2';
  /** Channels of the first convolution. */
  readonly stem: number;
  /** Of each stage: expansion, channels, blocks, and the first block's stride (Table 2 of the paper). */
  readonly stages: readonly (readonly [expansion: number, channels: number, blocks: number, stride: number])[];
  /** Channels of the last convolution. */
  readonly last: number;
}

/**
 * - VGG: K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014.
 *   `vgg19-mini` is Graft's own: a narrow VGG19 trained on a 200-class subset of ImageNet (data/weights/README.md),
 *   small enough to come with the project.
 * - ResNet50: K. He et al., "Deep Residual Learning for Image Recognition", 2015.
 * - MobileNetV2 at width 1.0: M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
 *
 * Layer names are those of Keras' files.
 */
export const ARCHITECTURES = {
  vgg19: {
    family: 'vgg',
    convolutions: [2, 2, 4, 4, 4],
    widths: [64, 128, 256, 512, 512],
    units: 4096,
    classes: 1000,
    inputSize: 224,
    preprocess: 'caffe',
  },
  vgg16: {
    family: 'vgg',
    convolutions: [2, 2, 3, 3, 3],
    widths: [64, 128, 256, 512, 512],
    units: 4096,
    classes: 1000,
    inputSize: 224,
    preprocess: 'caffe',
  },
  'vgg19-mini': {
    family: 'vgg',
    convolutions: [2, 2, 4, 4, 4],
    widths: [16, 32, 64, 128, 128],
    units: 512,
    classes: 200,
    inputSize: 64,
    preprocess: 'caffe',
    cropFraction: 1,
  },
  resnet50: {
    family: 'resnet',
    stem: 64,
    blocks: [3, 4, 6, 3],
    widths: [64, 128, 256, 512],
    classes: 1000,
    inputSize: 224,
    preprocess: 'caffe',
  },
  mobilenet_v2: {
    family: 'mobilenet-v2',
    stem: 32,
    stages: [
      [1, 16, 1, 1],
      [6, 24, 2, 2],
      [6, 32, 3, 2],
      [6, 64, 4, 2],
      [6, 96, 3, 1],
      [6, 160, 3, 2],
      [6, 320, 1, 1],
    ],
    last: 1280,
    classes: 1000,
    inputSize: 224,
    preprocess: 'tf',
  },
} as const satisfies Record<string, Architecture>;

export type NetworkName = keyof typeof ARCHITECTURES;
export const NETWORK_NAMES = Object.keys(ARCHITECTURES) as NetworkName[];

/** Layers that a network has only with its top; without it ends before them. */
export const TOP_LAYERS: readonly string[] = ['flatten', 'fc1', 'fc2', 'predictions'];

export function checkNetworkName(name: string): asserts name is NetworkName {
  if (!(NETWORK_NAMES as string[]).includes(name)) {
    throw new RangeError(`backbone: expected one of ${NETWORK_NAMES.join(', ')}; got "${name}".`);
  }
}
