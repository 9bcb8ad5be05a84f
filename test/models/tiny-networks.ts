import type { MobileNetV2Architecture, ResNetArchitecture } from '../../src/models/networks/networks.ts';

/** All layers of ResNet50 and MobileNetV2 with next to no channels, as in test/references/keras_networks.py. */
export const TINY: { readonly resnet50: ResNetArchitecture; readonly mobilenet_v2: MobileNetV2Architecture } = {
  resnet50: {
    family: 'resnet',
    stem: 64,
    blocks: [3, 4, 6, 3],
    widths: [4, 4, 6, 8],
    classes: 10,
    inputSize: 32,
    preprocess: 'caffe',
  },
  mobilenet_v2: {
    family: 'mobilenet-v2',
    stem: 8,
    stages: [
      [1, 8, 1, 1],
      [6, 8, 2, 2],
      [6, 8, 3, 2],
      [6, 8, 4, 2],
      [6, 8, 3, 1],
      [6, 8, 3, 2],
      [6, 16, 1, 1],
    ],
    last: 1280,
    classes: 10,
    inputSize: 32,
    preprocess: 'tf',
  },
};
