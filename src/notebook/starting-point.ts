import type { DataName } from '../data/load.ts';
import { hasInt8Instructions } from '../host/machine.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { FAST } from '../models/networks/fast-size.ts';
import { type Architecture, ARCHITECTURES, type NetworkName } from '../models/networks/networks.ts';
import { findWeights, isEmbedded } from '../models/networks/published-weights.ts';
import { findCifar10 } from '../data/named/cifar10-files.ts';

/**
 * The size of a network's input to start with: its own where the CPU computes quickly in 8 bits, else 160 pixels.
 * @param options.int8 whether the CPU has VNNI (x86) or the dot product (ARM)
 */
export function startingSize(
  backbone: NetworkName,
  { int8 = hasInt8Instructions() }: { readonly int8?: boolean } = {},
): number {
  const { inputSize } = ARCHITECTURES[backbone] as Architecture;
  return int8 ? inputSize : Math.min(inputSize, FAST);
}

const DATA: Readonly<Record<DataName, string>> = {
  cifar10: 'CIFAR-10',
  'cifar10-sample': 'the sample of CIFAR-10 that comes with Graft (2,000 training and 1,000 test images)',
  shapes10: 'shapes10, pictures drawn by code',
};

/** As their papers write them. */
const NAMES: Readonly<Record<Exclude<NetworkName, 'vgg19-mini'>, string>> = {
  vgg19: 'VGG19',
  vgg16: 'VGG16',
  resnet50: 'ResNet50',
  mobilenet_v2: 'MobileNetV2',
};

/**
 * Says what a notebook runs on, and what a download would change.
 * @param inputSize of the network, in pixels
 */
export function describeSetting(data: DataName, backbone: NetworkName, inputSize?: number): string {
  checkOptions('describeSetting', { inputSize });
  const file = findWeights(backbone);
  const own = file !== undefined && isEmbedded(file);
  const network =
    backbone === 'vgg19-mini'
      ? 'vgg19-mini, a small network for tests'
      : `${NAMES[backbone]}, pretrained on ImageNet${own ? ' (its 13 convolutions come with Graft, in 8 bits)' : ''}`;
  const missing = [
    ...(findCifar10() ? [] : ['all 60,000 images of CIFAR-10 (170 MB)']),
    ...(findWeights('vgg19') ? [] : ['VGG19 with its fully connected layers (575 MB)']),
  ];
  const lines = [`This notebook runs on ${DATA[data]}, with ${network}.`];
  if (inputSize && inputSize < startingSize(backbone, { int8: true }))
    lines.push(
      `Pictures go in at ${inputSize}×${inputSize} instead of 224×224: this CPU has no VNNI (x86) or dot product (ARM), ` +
        'without which the network takes four times as long.',
    );
  if (missing.length)
    lines.push(`\`npm run download\` fetches ${missing.join(' and ')}; run again, the notebook uses them.`);
  return lines.join('\n');
}
