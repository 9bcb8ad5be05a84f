import { commandLine } from '../home.mjs';
import type { DataName } from '../data/load.ts';
import { hasInt8Instructions } from '../host/machine.ts';
import { checkOptions } from '../host/option-ranges.ts';
import { architectureOf, knownNetwork, type NetworkName } from '../models/networks/networks.ts';
import { findWeights, isEmbedded } from '../models/networks/published-weights.ts';
import { findCifar10 } from '../data/named/cifar10-files.ts';

/**
 * Gives the size of a network's input to start with: its own if the CPU computes quickly in 8 bits, else the smaller
 * one that was measured to lose little, if there is one: 160 pixels for VGG.
 * @param options.int8 whether the CPU has VNNI (x86) or the dot product (ARM)
 * @example
 * const network = await loadNetwork('vgg16', { inputSize: startingSize('vgg16') });
 */
export function startingSize(
  backbone: NetworkName,
  { int8 = hasInt8Instructions() }: { readonly int8?: boolean } = {},
): number {
  const { inputSize } = architectureOf(backbone);
  return int8 ? inputSize : (knownNetwork(backbone).fast?.inputSize ?? inputSize);
}

const DATA: Readonly<Record<DataName, string>> = {
  cifar10: 'CIFAR-10',
  'cifar10-sample': 'the sample of CIFAR-10 that comes with Graft (2,000 training and 1,000 test images)',
  shapes10: 'shapes10, pictures drawn by code',
};

/**
 * Says what a notebook runs on, and what a download would change.
 * @param inputSize the size of the network's input, in pixels
 * @example
 * const text = describeSetting('shapes10', 'vgg19-mini');
 */
export function describeSetting(data: DataName, backbone: NetworkName, inputSize?: number): string {
  checkOptions('describeSetting', { inputSize });
  const file = findWeights(backbone);
  const own = file !== undefined && isEmbedded(file);
  const { title, about, own: embedded } = knownNetwork(backbone);
  const network = `${title}, ${about}${own && embedded?.holds ? ` (${embedded.holds})` : ''}`;
  const missing = [
    ...(findCifar10() ? [] : ['all 60,000 images of CIFAR-10 (170 MB)']),
    ...(findWeights('vgg19') ? [] : ['VGG19 with its fully connected layers (575 MB)']),
  ];
  const lines = [`This notebook runs on ${DATA[data]}, with ${network}.`];
  const usual = startingSize(backbone, { int8: true });
  if (inputSize && inputSize < usual)
    lines.push(
      `Pictures go in at ${inputSize}×${inputSize} instead of ${usual}×${usual}: this CPU has no VNNI (x86) or dot product (ARM), ` +
        'without which the network takes four times as long.',
    );
  if (missing.length)
    lines.push(`\`${commandLine('download')}\` fetches ${missing.join(' and ')}; run again, the notebook uses them.`);
  return lines.join('\n');
}
