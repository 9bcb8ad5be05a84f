// @ts-check
import { command } from './command.mjs';
import { onOff } from './flag.mjs';

export const flags = {
  'no-top': onOff('weights without the layers that name ImageNet’s classes (80 instead of 575 MB for VGG19)'),
};

export const download = command({
  usage: 'graft download [cifar10] [vgg19] [vgg16] [resnet50] [mobilenet_v2] [--no-top]',
  about:
    'Downloads data and weights from their homes to data/, verifies them, and goes on where it broke off. ' +
    'Without names: cifar10 and vgg19.',
  flags,
  operands: {
    value: 'NAME',
    expected: 'cifar10, vgg19, vgg16, resnet50 or mobilenet_v2',
    least: 0,
    choices: ['cifar10', 'vgg19', 'vgg16', 'resnet50', 'mobilenet_v2'],
  },
  examples: ['graft download', 'graft download vgg16 --no-top', 'graft download resnet50'],
  load: () => import('./run/download.ts'),
});
