import type { DataName } from '../data/load.ts';
import type { NetworkName } from '../vgg/architecture.ts';
import { findWeights } from '../vgg/files.ts';
import { findCifar10 } from '../data/cifar10.ts';

/** Says what a notebook runs on, and what a download would change. */
export function describeSetting(data: DataName, backbone: NetworkName): string {
  const images = data === 'cifar10' ? 'CIFAR-10' : 'shapes10, pictures drawn by code';
  const network = backbone === 'vgg19-mini' ? 'vgg19-mini, the small network that comes with Graft' : `${backbone.toUpperCase()}, pretrained on ImageNet`;
  const missing = [...(findCifar10() ? [] : ['CIFAR-10 (170 MB)']), ...(findWeights('vgg19') ? [] : ["VGG19's ImageNet weights (575 MB)"])];
  const lines = [`This notebook runs on ${images}, with ${network}.`];
  if (missing.length) lines.push(`\`npm run download\` fetches ${missing.join(' and ')}; run again, it uses them.`);
  return lines.join('\n');
}
