// All of CIFAR-10 through the backbone in a process of its own; prints the resident memory in MiB after each 5,000
// images.
// usage: CIFAR10_DIR=… node --expose-gc --import tsx test/faults/sixty-thousand.ts CACHE
import { readFileSync } from 'node:fs';
import { cifar10 } from '../../src/data/named/cifar10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import type { Progress } from '../../src/host/progress.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';

const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
const resident = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
const { train, test } = await cifar10();
let before = 0;
let next = 5000;
for (const images of [train, test]) {
  const progress = ({ done, label }: Progress): void => {
    if (label.startsWith('calibrating') || before + done < next) return;
    globalThis.gc?.(); // what is garbage is not counted; run with --expose-gc
    console.log(next, resident());
    next += 5000;
  };
  await extractFeatures(backbone, images, { cache: process.argv[2], progress });
  before += images.n;
}
