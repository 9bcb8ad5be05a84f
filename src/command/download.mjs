// @ts-check
import { HUB_NAMES, KERAS_NAMES } from '../models/networks/known.mjs';
import { command } from './line/command.mjs';
import { onOff, text } from './flags/flag.mjs';

export const flags = {
  'no-top': onOff('weights without the layers that name ImageNet’s classes (80 instead of 575 MB for VGG19)'),
  file: text('PATH', 'the model in a hub’s repository', {
    otherwise: 'the one that is known to work, else onnx/model.onnx, model.onnx, or the only ONNX file',
  }),
  revision: text('REVISION', 'a branch, a tag or a commit of a hub’s repository', { otherwise: 'main' }),
};

const NAMES = ['cifar10', ...KERAS_NAMES, ...HUB_NAMES];

export const download = command({
  usage: 'graft download [NAME…] [hf:ORG/NAME] [--file PATH] [--revision REVISION] [--no-top]',
  about:
    'Downloads data and weights from their publishers, checks them, and goes on where it was interrupted: ' +
    `cifar10, ${KERAS_NAMES.slice(0, -1).join(', ')} and ${KERAS_NAMES.at(-1)} to data/, ` +
    `${HUB_NAMES.join(', ')} and any hf:ORG/NAME[@REVISION][/FILE] from Hugging Face’s hub to its cache. ` +
    'Without names: cifar10 and vgg19.',
  flags,
  operands: {
    value: 'NAME',
    expected: `${NAMES.join(', ')} or hf:org/name`,
    least: 0,
    choices: NAMES,
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
