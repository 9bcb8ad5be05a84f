import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { predict } from '../../src/classifier/predict.ts';
import { predictFiles } from '../../src/classifier/predict-files.ts';
import { savePicture } from '../../src/data/pictures/picture-files.ts';
import { type PicturePath, picturePaths } from '../../src/data/pictures/picture-paths.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { trainClassifier } from '../../src/experiments/train.ts';

let folder: string;
let trained: Classifier;
const inFolder = (name: string): string => path.join(folder, name);
const images = shapes10({ train: 1, test: 12 }).test;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'predict-files-'));
  const small = { data: 'shapes10', backbone: 'vgg19-mini', train: 100, test: 20, epochs: 2 } as const;
  trained = (await trainClassifier({ ...small, cache: inFolder('features'), runs: inFolder('runs') })).classifier;
  for (let i = 0; i < images.n; i++)
    await savePicture(images, i, inFolder(`pictures/${String(i).padStart(2, '0')}.png`));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

describe('predictFiles', () => {
  it('says what predict says, in the order of the files', async () => {
    const expected = await predict(trained, images);
    const found = await all(predictFiles(trained, picturePaths([inFolder('pictures')]), { batchSize: 5 }));
    const names = Array.from(images.labels, (_, i) => `${String(i).padStart(2, '0')}.png`);
    expect(found.map(({ file }) => path.basename(file))).toEqual(names);
    expect(found).toMatchObject(expected.map(({ ranking }) => ({ className: ranking[0].className })));
    found.forEach((one, i) => expect('probability' in one && one.probability).toBeCloseTo(expected[i].probability, 5));
  });

  it('names what cannot be read in its place, and goes on', async () => {
    writeFileSync(inFolder('text.jpg'), 'not a picture');
    writeFileSync(inFolder('empty.png'), '');
    const whole = inFolder('pictures/03.png');
    const files = [inFolder('text.jpg'), whole, inFolder('empty.png'), inFolder('missing.png'), whole].map((file) => ({
      file,
    }));
    const found = await all(predictFiles(trained, files, { batchSize: 2 }));
    expect(found.map((one) => ('error' in one ? one.error : one.className))).toEqual([
      expect.stringMatching(/text\.jpg: expected a picture/),
      (await predict(trained, whole))[0].className,
      expect.stringMatching(/empty\.png: expected a picture/),
      expect.stringMatching(/missing\.png: expected a picture/),
      (await predict(trained, whole))[0].className,
    ]);
    expect(await all(predictFiles(trained, [{ file: 'x', error: 'why' }]))).toEqual([{ file: 'x', error: 'why' }]);
    expect(await all(predictFiles(trained, []))).toEqual([]);
  });

  it('asks for no more than two batches ahead of what is taken, and ends when it is left or aborted', async () => {
    let asked = 0;
    const endless = function* (): Generator<PicturePath> {
      for (;;) {
        asked++;
        yield { file: inFolder('pictures/01.png') };
      }
    };
    let taken = 0;
    for await (const _ of predictFiles(trained, endless(), { batchSize: 4 })) if (++taken === 8) break;
    expect(asked).toBeLessThanOrEqual(16);
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const _ of predictFiles(trained, endless(), { batchSize: 4, signal: controller.signal }))
        if (++taken === 16) controller.abort(new Error('enough'));
    })();
    await expect(aborted).rejects.toThrow('enough');
    expect(taken).toBe(16);
  });
});
