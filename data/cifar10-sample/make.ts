/**
 * Makes the sample of CIFAR-10 that comes with the project from the whole data set: 200 training and 100 test images of
 * each class. An image's place is drawn from the seed and its own pixels, so that the same images are chosen whatever
 * order the batches have.
 *
 * usage: CIFAR10_DIR=… npx tsx data/cifar10-sample/make.ts
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { cifar10 } from '../../src/data/named/cifar10.ts';
import { COLUMNS, hashOfSample, SAMPLE_FOLDER, type SampleFacts } from '../../src/data/named/cifar10-sample.ts';

const SEED = 1;
const PER_CLASS = { train: 200, test: 100 } as const;

const splits: Record<string, SampleFacts['splits']['train']> = {};
let classNames: readonly string[] = [];
for (const split of ['train', 'test'] as const) {
  const whole = (await cifar10())[split];
  classNames = whole.classNames;
  const [height, width] = whole.imageSize;
  const bytes = height * width * 3;
  const all = await whole.read(0, whole.n);
  const drawn = Array.from({ length: whole.n }, (_, i) => ({
    i,
    label: whole.labels[i],
    place: createHash('sha256').update(`${SEED}/`).update(all.subarray(i * bytes, (i + 1) * bytes)).digest('hex'),
  })).sort((a, b) => (a.place < b.place ? -1 : 1));
  const chosen = classNames.flatMap((_, k) => drawn.filter(({ label }) => label === k).slice(0, PER_CLASS[split]));
  const pixels = await whole.at(chosen.map(({ i }) => i));
  const labels = chosen.map(({ label }) => label);
  const rows = labels.length / COLUMNS;
  const sheet = Buffer.alloc(pixels.length);
  for (let i = 0; i < labels.length; i++) {
    const [top, left] = [Math.floor(i / COLUMNS) * height, (i % COLUMNS) * width];
    for (let r = 0; r < height; r++) {
      const from = (i * height + r) * width * 3;
      sheet.set(pixels.subarray(from, from + width * 3), ((top + r) * COLUMNS * width + left) * 3);
    }
  }
  await sharp(sheet, { raw: { width: COLUMNS * width, height: rows * height, channels: 3 } })
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toFile(path.join(SAMPLE_FOLDER, `${split}.png`));
  splits[split] = { n: labels.length, labels: labels.join(''), sha256: hashOfSample(pixels, labels) };
}
const facts: SampleFacts = { seed: SEED, classNames, splits: splits as SampleFacts['splits'] };
writeFileSync(path.join(SAMPLE_FOLDER, 'sample.json'), `${JSON.stringify(facts, null, 2)}\n`);
