// All of CIFAR-10 through the backbone in a process of its own; prints the resident memory in MiB after each 5,000 images.
// usage: CIFAR10_DIR=… node --expose-gc --import tsx test/faults/sixty-thousand.ts CACHE
import { readFileSync } from 'node:fs';
import { cifar10 } from '../../src/data/cifar10.ts';
import { subset } from '../../src/data/subset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { loadNetwork } from '../../src/models/network.ts';
import { cutAt } from '../../src/models/surgery.ts';

await useTensorFlow();
const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
const resident = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
const sets = [await cifar10(), await cifar10({ split: 'test' })];
const calibration = subset(sets[0], { size: 80 });
let before = 0;
let next = 5000;
for (const images of sets) {
  await extractFeatures(backbone, images, {
    calibration,
    cache: process.argv[2],
    onProgress({ done }) {
      if (before + done < next) return;
      globalThis.gc?.(); // what is garbage is not counted; run with --expose-gc
      console.log(next, resident());
      next += 5000;
    },
  });
  before += images.shape[0];
}
