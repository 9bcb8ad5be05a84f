// @ts-check
import { command } from './command.mjs';
import { HUB_NAMES } from './flags/backbone-choices.mjs';
import { onOff, text } from './flags/flag.mjs';

export const flags = {
  'no-top': onOff('weights without the layers that name ImageNet’s classes (80 instead of 575 MB for VGG19)'),
  file: text('PATH', 'of a hub’s repository: the model', {
    otherwise: 'the one that is known to work, else onnx/model.onnx, model.onnx, or the only one',
  }),
  revision: text('REVISION', 'of a hub’s repository: a branch, a tag or a commit', { otherwise: 'main' }),
};

export const download = command({
  usage: 'graft download [NAME…] [hf:ORG/NAME] [--file PATH] [--revision REVISION] [--no-top]',
  about:
    'Downloads data and weights from their homes, verifies them, and goes on where it broke off: ' +
    'cifar10, vgg19, vgg16, resnet50 and mobilenet_v2 to data/, ' +
    `${HUB_NAMES.join(', ')} and any hf:ORG/NAME[@REVISION][/FILE] from Hugging Face’s hub to its cache. ` +
    'Without names: cifar10 and vgg19.',
  flags,
  operands: {
    value: 'NAME',
    expected: `cifar10, vgg19, vgg16, resnet50, mobilenet_v2, ${HUB_NAMES.join(', ')} or hf:org/name`,
    least: 0,
    choices: ['cifar10', 'vgg19', 'vgg16', 'resnet50', 'mobilenet_v2', ...HUB_NAMES],
    orBeginsWith: 'hf:',
  },
  examples: [
    'graft download',
    'graft download vgg16 --no-top',
    'graft download resnet50',
    'graft download hf:onnx-community/dinov2-small --file onnx/model_quantized.onnx',
  ],
  load: () => import('./run/download.ts'),
});
