import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadClassifier } from '../classifier/load.ts';
import { runGraft } from '../cluster/graft-process.ts';
import { loadData } from '../data/load.ts';
import { savePicture } from '../data/pictures/picture-files.ts';
import type { Around } from './around.ts';
import { bareOnnx } from './peers/contestants.ts';
import { median } from '../median.ts';

const PICTURES = 64;
const ROUNDS = 3;

/**
 * Measures `graft predict` as a whole process, from start to exit, on 64 pictures, beside the bare session, already
 * open, on the same pictures: in turns, the median of three. The classifier is VGG16 at `block5_pool`, trained for an
 * epoch.
 */
export async function measurePredict(quick: boolean): Promise<Around> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-around-'));
  const data = quick ? 'shapes10' : 'cifar10-sample';
  const network = quick ? ['vgg19-mini', '--cut', 'fc2'] : ['vgg16', '--cut', 'block5_pool'];
  const size = ['--train', '100', '--validation', '0', '--test', '64', '--epochs', '1'];
  const kept = ['--cache', path.join(folder, 'features'), '--runs', path.join(folder, 'runs')];
  const saved = path.join(folder, 'classifier');
  try {
    await runGraft(['train', '--data', data, '--backbone', ...network, ...size, ...kept, '--save', saved]);
    const { test } = await loadData(data);
    for (let i = 0; i < PICTURES; i++) await savePicture(test, i, path.join(folder, 'pictures', `${i}.png`));
    const { backbone } = await loadClassifier(saved);
    const bare = await bareOnnx(backbone, test);
    await bare.run(8);
    const [alone, whole]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await bare.run(PICTURES));
      const began = performance.now();
      await runGraft(['predict', '--classifier', saved, path.join(folder, 'pictures')]);
      whole.push((performance.now() - began) / 1000);
    }
    await bare.close();
    return {
      what: `graft predict, ${PICTURES} pictures, ${String(backbone)}`,
      seconds: { 'the bare session': median(alone), Graft: median(whole) },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
