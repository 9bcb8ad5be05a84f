import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadClassifier } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { predictFiles } from '../../src/classifier/predict-files.ts';
import { run as evaluateCommand } from '../../src/command/run/evaluate.ts';
import { run as predictCommand } from '../../src/command/run/predict.ts';
import { run as train } from '../../src/command/run/train.ts';
import { augmented } from '../../src/data/augmented.ts';
import { type Dataset, pick } from '../../src/data/dataset.ts';
import { join } from '../../src/data/join.ts';
import { photos } from '../../src/data/photos.ts';
import { withClasses } from '../../src/data/with-classes.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import { pickFeatures } from '../../src/features/features.ts';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';
import { evaluate } from '../../src/training/evaluation/evaluate.ts';
import { fit } from '../../src/training/fit.ts';
import { picture, put, putClasses, temporaryFolder } from '../data/pictures.ts';
import { reference, uint8 } from '../references/read.ts';

/** 16 bits with a profile: read in other colours by earlier versions. */
const { files } = reference<{ files: Readonly<Record<string, string>> }>('odd-pictures.json');
const DEEP = ['rgb16-plain.png', 'rgb16-p3.png', 'rgb16-plain.tif'].map((name) => [name, uint8(files[name])] as const);

let own: string;
let remove: () => void;
const beside = (name: string): string => path.join(own, '..', name);
const context = { operands: [] as string[], signal: new AbortController().signal };
const SAID = '3 of these pictures have more than 8 bits and a colour profile, and earlier versions of Graft';
const again = 'train it again';

beforeAll(async () => {
  const made = temporaryFolder();
  [own, remove] = [made.folder, () => made.remove()];
  await putClasses(own, { dark: 12, light: 12 }, 900);
  const small = { backbone: 'vgg19-mini', cut: 'block5_pool', precision: 'float32', epochs: 1 } as const;
  await train({ data: own, ...small, runs: beside('runs'), save: beside('new') }, context);
  const saved = readSealed<Record<string, unknown>>(path.join(beside('new'), 'classifier.json'));
  expect(saved.reading).toBe(2);
  await train({ data: own, ...small, runs: beside('runs'), save: beside('old') }, context);
  const { reading: _, ...old } = saved;
  writeSealed(path.join(beside('old'), 'classifier.json'), old);
  for (const [i, [name, bytes]] of DEEP.entries()) put(beside('later'), `${i % 2 ? 'dark' : 'light'}/${name}`, bytes);
  for (let i = 0; i < 4; i++) put(beside('later'), `dark/${i}.png`, await picture(2000 + i));
});
afterAll(() => remove());

/** What is said on the console while something is done. */
async function saidBy(act: () => Promise<unknown>): Promise<string> {
  const said: unknown[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation((...words) => void said.push(...words));
  await act().finally(() => warn.mockRestore());
  return said.join('\n');
}

async function drain(all: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of all) found.push(one);
  return found;
}

describe('a classifier that was trained when 16 bits with a profile were read in other colours', () => {
  it('says of how many pictures that is so, whoever asks it; one of today says nothing', async () => {
    const paths = DEEP.map(([name], i) => path.join(beside('later'), i % 2 ? 'dark' : 'light', name));
    const later = (await photos(beside('later'), { testShare: 1 })).test;
    for (const [saved, told] of [
      ['old', true],
      ['new', false],
    ] as const) {
      const model = await loadClassifier(beside(saved));
      const values = { classifier: beside(saved), data: beside('later'), out: beside(`report-${saved}`) };
      const { text, json } = (await evaluateCommand(values, context)) as { text: string; json: object };
      expect(json).toMatchObject({ recoloured: told ? 3 : 0 });
      const known = withClasses(later, model.classNames);
      const evaluation = await evaluate(model, known);
      expect(evaluation.recoloured).toBe(told ? 3 : 0);
      const all = [
        text,
        String(evaluation),
        await saidBy(() => predict(model, paths)),
        await saidBy(() => predict(model, later)),
        await saidBy(() =>
          drain(
            predictFiles(
              model,
              paths.map((file) => ({ file })),
            ),
          ),
        ),
        await saidBy(() =>
          predictCommand(
            { classifier: beside(saved), out: beside('table.csv') },
            { ...context, operands: [beside('later')] },
          ),
        ),
      ];
      for (const words of all) {
        if (told) expect(words).toContain(SAID);
        expect(words.includes(again)).toBe(told);
      }
      await saidBy(async () => {
        const marks = await predict(model, [...paths, path.join(beside('later'), 'dark/0.png')]);
        expect(marks.map(({ recoloured }) => recoloured ?? false)).toEqual([told, told, told, false]);
      });
    }
  });

  it('says so after further training too, on pictures as they are read now', async () => {
    const model = await loadClassifier(beside('old'));
    const { train: images, test } = await photos(own);
    const known = await extractFeatures(model.backbone, images, { progress: false });
    await fit(model.head, known, { epochs: 1, progress: false });
    expect((await evaluate(model, withClasses(test, model.classNames))).recoloured).toBe(0);
    const later = (await photos(beside('later'), { testShare: 1 })).test;
    expect((await evaluate(model, withClasses(later, model.classNames))).recoloured).toBe(3);
  });

  it('is told by whatever was made of the pictures', async () => {
    const { test: later } = await photos(beside('later'), { testShare: 1 });
    const count = ({ n, readingAt }: Pick<Dataset, 'n' | 'readingAt'>): number =>
      Array.from({ length: n }, (_, i) => readingAt!(i)).filter((reading) => reading === 2).length;
    const positions = Int32Array.from({ length: later.n }, (_, i) => later.n - 1 - i);
    const made = {
      itself: later,
      picked: pick(later, positions),
      joined: join([later, later], { name: 'twice' }),
      named: withClasses(later, ['none', ...later.classNames]),
      drawn: augmented(later, { horizontalFlip: true }),
      taken: later.forNetwork!({ size: 32, interpolation: 'bilinear' }),
    };
    expect(Object.values(made).map(count)).toEqual([3, 3, 6, 3, 3, 3]);
    const { backbone } = await loadClassifier(beside('new'));
    const all = await extractFeatures(backbone, later, { progress: false });
    const n = later.n;
    expect(count({ ...all, n })).toBe(3);
    const deep = Array.from(positions).filter((i) => later.readingAt!(i) === 2);
    expect(count({ ...pickFeatures(all, deep), n: 3 })).toBe(3);
  });
});
