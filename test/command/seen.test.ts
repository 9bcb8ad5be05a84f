import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Printed } from '../../src/command/line/command.mjs';
import { loadToPredict } from '../../src/classifier/load.ts';
import { loadToTest } from '../../src/command/run/open/load.ts';
import { withNearest } from '../../src/command/run/open/nearest-training.ts';
import { mistakesTable } from '../../src/command/run/print/mistakes-table.ts';
import { run as evaluate } from '../../src/command/run/evaluate.ts';
import { run as predict } from '../../src/command/run/predict.ts';
import { run as train } from '../../src/command/run/train.ts';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';
import { put, putClasses, temporaryFolder } from '../data/pictures.ts';

let own: string;
let beside: (name: string) => string;
let remove: () => void;
let trained: Figures;

interface Figures {
  readonly accuracy: number;
  readonly n: number;
}

const context = { operands: [] as string[], signal: new AbortController().signal };
const tested = async (
  data: string,
  more: Parameters<typeof evaluate>[0] = {},
): Promise<{ text: string; json: Figures }> => {
  const values = { classifier: beside('classifier'), data, out: beside('report'), ...more };
  return (await evaluate(values, context)) as { text: string; json: Figures };
};

beforeAll(async () => {
  const made = temporaryFolder();
  [own, remove] = [made.folder, () => made.remove()];
  beside = (name) => path.join(own, '..', name);
  await putClasses(own, { dark: 30, light: 30 }, 600);
  const small = { backbone: 'vgg19-mini', cut: 'block5_pool', precision: 'float32', epochs: 1 } as const;
  const places = { runs: beside('runs'), save: beside('classifier') };
  const printed = await train({ data: own, ...small, ...places, seed: 7, 'test-share': 0.3 }, context);
  trained = ((printed as Printed).json as { test: Figures }).test;
});
afterAll(() => remove());

describe('a saved classifier', () => {
  it('is tested on what it has not seen, whatever flags divided the photos', async () => {
    const { accuracy, n } = trained;
    expect(n).toBe(18);
    const { json, text } = await tested(own);
    expect(json).toMatchObject({
      ...{ accuracy, n },
      seen: { tested: { training: 0, validation: 0 }, leftOut: { training: 38, validation: 4 } },
    });
    const said = 'left out: 38 were trained on, 4 validated on';
    expect(text).toContain(said);
    expect(readFileSync(path.join(beside('report'), 'evaluation.html'), 'utf8')).toContain(said);
    const part = (await tested(own, { 'test-share': 0.5, seed: 3 })).json;
    expect(part.n).toBeLessThan(18);
    expect(part).toMatchObject({ seen: { tested: { training: 0, validation: 0 } } });
  });

  it('is tested on all, or on what it was trained on, where that is asked for, and says so', async () => {
    const all = await tested(own, { split: 'all' });
    expect(all.json).toMatchObject({ n: 60, seen: { tested: { training: 38, validation: 4 }, leftOut: null } });
    expect(all.text).toContain('of these 60 pictures 38 were trained on, 4 validated on: on new ones expect less');
    expect((await tested(own, { split: 'train' })).json).toMatchObject({ n: 38, seen: { tested: { training: 38 } } });
  });

  it('is tested on the whole of a later folder, one of a single class too; on none that it has seen', async () => {
    await putClasses(beside('later'), { light: 3 }, 800);
    const { json, text } = await tested(beside('later'));
    expect(json).toMatchObject({ n: 3, seen: { leftOut: { training: 0, validation: 0 } } });
    expect(text).toContain('none of these pictures was seen in training');
    await expect(tested(beside('later'), { split: 'train' })).rejects.toThrow('it was trained on none of them');
    const table = readdirSync(beside('runs')).map((run) => path.join(beside('runs'), run, 'division.csv'))[0];
    const seen = readFileSync(table, 'utf8').replaceAll(/.*,test\n/g, '');
    const files = seen
      .split('\n')
      .slice(1, -1)
      .map((line) => path.join(own, line.split(',')[0]));
    expect(files).toHaveLength(42);
    const copies = files.map((file) => readFileSync(file));
    copies.forEach((bytes, i) => put(beside('none-new'), path.relative(own, files[i]), bytes));
    await expect(tested(beside('none-new'))).rejects.toThrow(
      'expected pictures that the classifier has not seen; of these 38 were trained on, 4 validated on, and none is left.',
    );
  });

  it('answers for all files, and marks those that it has seen', async () => {
    const out = beside('marked.csv');
    await predict({ classifier: beside('classifier'), out }, { ...context, operands: [own, beside('later')] });
    const marks = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')[4]);
    const count = (mark: string): number => marks.filter((one) => one === mark).length;
    expect([marks[0], count('training'), count('validation'), count('')]).toEqual(['seen', 38, 4, 21]);
  });

  it('has the training pictures most like a mistake beside it, if their features are kept', async () => {
    const classifier = await loadToPredict(beside('classifier'));
    const { images, trained: learnt } = await loadToTest(classifier, { data: own }, context.signal);
    expect(learnt!.n).toBe(38);
    const wrong = [0, 5].map((image) => ({ image, label: 'dark', prediction: 'light', probability: 0.9 }));
    const mistakes = wrong.map((one) => ({ ...one, labelProbability: 0.1, probabilities: { light: 0.9, dark: 0.1 } }));
    const parts = { backbone: classifier.backbone, images, trained: learnt };
    const how = { ...{ compute: false, progress: false }, precision: 'float32' } as const;
    const found = await withNearest(mistakes, parts, how);
    expect(found.note).toBeUndefined();
    for (const { nearest } of found.mistakes) {
      expect(nearest).toHaveLength(3);
      expect([...nearest!].sort((a, b) => b.similarity - a.similarity)).toEqual(nearest);
      for (const { file, label } of nearest!) expect(file!.split('/')[0]).toBe(label);
    }
    const elsewhere = { ...how, cache: beside('empty') };
    const without = await withNearest(mistakes, parts, elsewhere);
    expect(without).toEqual({
      mistakes,
      note: 'training pictures beside the mistakes: left out, since features of 38 of 38 are not kept here; --nearest computes them',
    });
    const computed = await withNearest(mistakes, parts, { ...elsewhere, compute: true });
    expect(computed.mistakes.map(({ nearest }) => nearest!.map(({ image }) => image))).toEqual(
      found.mistakes.map(({ nearest }) => nearest!.map(({ image }) => image)),
    );
    expect((await withNearest(mistakes, { ...parts, trained: undefined }, how)).note).toContain(
      'none that it was trained on',
    );
    const table = await mistakesTable(images, found.mistakes, learnt);
    expect(table.match(/loading="lazy"/g)).toHaveLength(2 * (1 + 3));
    expect(await mistakesTable(images, mistakes, learnt)).not.toContain('most alike');
  });

  it('without its list divides as its training did, from an earlier version as ever, and says what nobody knows', async () => {
    const folder = beside('classifier');
    for (const name of readdirSync(folder)) if (name.startsWith('seen-')) rmSync(path.join(folder, name));
    const { accuracy, n } = trained;
    const given = await tested(own);
    expect(given.json).toMatchObject({ accuracy, n, seen: { tested: null, leftOut: null } });
    expect(given.text).toContain('the 30 % that seed 7 sets apart');
    const saved = readSealed<Record<string, unknown>>(path.join(folder, 'classifier.json'));
    const { pictures: _, division: __, ...old } = saved;
    writeSealed(path.join(folder, 'classifier.json'), old);
    const { text } = await tested(own);
    expect(text).toContain('it is not known which pictures this classifier was trained on');
    expect(text).toContain('the 20 % that seed 1 sets apart');
  });
});
