import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import { loadClassifier, loadToPredict } from '../../src/classifier/load.ts';
import { savedBackbone } from '../../src/classifier/saved-backbone.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { divided } from '../../src/page/browser/teach/held-back.ts';
import { judged, probabilitiesOf } from '../../src/page/browser/teach/judged.ts';
import {
  classWith,
  type Picture,
  type Project,
  renamed,
  withClass,
  withoutPicture,
  withPicture,
} from '../../src/page/browser/teach/project.ts';
import { folderNames, openProject, projectZip } from '../../src/page/browser/teach/saved-project.ts';
import { trainHead } from '../../src/page/browser/train.ts';
import { saveTeachingPage } from '../../src/page/save-teaching-page.ts';
import { taughtFigure } from '../../src/page/taught-figure.ts';
import type { TeachFacts } from '../../src/page/teach-facts.ts';
import { random } from '../../src/random.ts';
import { predictProbabilities } from '../../src/training/evaluation/evaluate.ts';

let folder: string;
let facts: TeachFacts;
const inFolder = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  await useTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'teach-'));
  const backbone = await efficientNetLite0();
  facts = {
    title: 'T',
    imageSize: [224, 224],
    resizing: { resize: 'crop', cropFraction: 0.875, interpolation: 'bicubic' },
    about: [],
    length: 1280,
    named: String(backbone),
    saved: {
      format: 'graft classifier 2',
      imageSize: [224, 224],
      fit: { fit: 'crop', cropFraction: 0.875, interpolation: 'bicubic' },
      reading: 2,
      ...savedBackbone(backbone, 'efficientnet-lite0.onnx'),
    },
    graft: 'x',
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

const draw = random(1, 'teach');
const content = (): string => Array.from({ length: 32 }, () => Math.floor(16 * draw()).toString(16)).join('');
/** A picture whose class shows in every third number. */
const picture = (label: number, from: Picture['from'] = 'file'): Picture => ({
  name: `${label}.jpg`,
  contents: [content(), content()],
  embedding: Float32Array.from({ length: 1280 }, (_, d) => Math.max(0, draw() - 0.5 + (d % 3 === label ? 0.3 : 0))),
  small: new Blob([Uint8Array.of(0xff, 0xd8, label)]),
  from,
});
const taughtOf = (names: readonly string[], each: number, from?: Picture['from']): Project =>
  names.map((name, c) => ({ id: c + 1, name, pictures: Array.from({ length: each }, () => picture(c, from)) }));

describe('what is taught in a page', () => {
  it('has classes with names of their own, and each picture once', () => {
    let project = withClass(withClass([]), 'rose');
    expect(project.map(({ name }) => name)).toEqual(['Class 1', 'rose']);
    const one = picture(0);
    project = withPicture(project, 1, one);
    expect(classWith(project, [one.contents[1], content()])?.name).toBe('Class 1');
    expect(renamed(project, 1, ' <b>daisy</b> ')[0].name).toBe('<b>daisy</b>');
    expect(() => renamed(project, 1, 'rose')).toThrow('There is a class “rose” already.');
    expect(() => renamed(project, 1, ' ')).toThrow('A class needs a name.');
    expect(withoutPicture(project, one)[0].pictures).toEqual([]);
    expect(withPicture(project, 7, one)).toEqual(project); // the class was removed while it was looked at
  });

  it('is tested on every fifth picture; of those from a camera on the last fifth', () => {
    const parts = divided([...taughtOf(['a', 'b'], 10), { id: 3, name: 'empty', pictures: [] }]);
    expect(parts.classNames).toEqual(['a', 'b']);
    expect([parts.training.length, parts.test.length]).toEqual([16, 4]);
    const shots = taughtOf(['a'], 10, 'camera');
    expect(divided(shots).test.map((one) => one.picture)).toEqual(shots[0].pictures.slice(8));
  });

  it('is judged by a figure with its interval, once there are enough', () => {
    const project = taughtOf(['a', 'b', 'c'], 20);
    const { training, test } = divided(project);
    const rows = training.map((one) => one.picture.embedding);
    const head = trainHead(
      rows,
      training.map(({ label }) => label),
      { classes: 3 },
    );
    const figure = judged(test, head);
    expect([figure.right, figure.n]).toEqual([12, 12]);
    expect(figure.text).toBe(
      'Of pictures that were held back, a fifth, it named 100.0 % (95 % interval 75.8 to 100.0, n = 12) rightly.',
    );
    expect(judged(test.slice(0, 9), head).text).toMatch(/^Too few to say how right it is: of 9 pictures held back/);
    const shots = test.map((one) => ({ ...one, picture: { ...one.picture, from: 'camera' as const } }));
    expect(judged(shots, head).text).toContain('12 of them are from the camera, where pictures look alike');
    const swapped = test.map((one) => ({ ...one, label: (one.label + 1) % 3 }));
    expect(judged(swapped, head)).toMatchObject({ right: 0 });
    expect(judged(swapped, head).wrong.get(swapped[0].picture)).toBe(test[0].label);
  });
});

describe('a ZIP of what was taught', () => {
  const names = ['<img src=x>', 'n'.repeat(200), '../up'];
  const project = taughtOf(names, 20);
  const parts = divided(project);
  const head = trainHead(
    parts.training.map((one) => one.picture.embedding),
    parts.training.map(({ label }) => label),
    { classes: 3 },
  );

  it('is a classifier for Graft, which knows the pictures that it was trained on', async () => {
    writeFileSync(inFolder('taught.zip'), await projectZip(project, facts, { divided: parts, head }));
    for (const load of [loadToPredict, loadClassifier]) {
      const classifier = await load(inFolder('taught.zip'));
      expect(classifier.classNames).toEqual(names);
      expect(classifier.imageSize).toEqual([224, 224]);
      expect(classifier.seen!.training.length).toBe(16 * 2 * parts.training.length);
      expect(await taughtFigure(inFolder('taught.zip'), classifier)).toBe(
        `It was taught in a page. ${judged(parts.test, head).text}`,
      );
      const { embedding } = parts.test[0].picture;
      const rows = { shape: [1, 1280], rows: () => Promise.resolve(embedding) };
      const given = await predictProbabilities(classifier.head, rows, { batchSize: 1 });
      probabilitiesOf(head, embedding).forEach((value, k) => expect(Math.abs(value - given[k])).toBeLessThan(1e-5));
    }
  });

  it('is opened again as it was', async () => {
    const bytes = await projectZip(project, facts, { divided: parts, head });
    const again = await openProject(new Blob([bytes]), facts);
    expect(again.map(({ name }) => name)).toEqual(names);
    for (const [c, { pictures }] of again.entries())
      for (const [i, one] of pictures.entries()) {
        const { small, ...rest } = project[c].pictures[i];
        expect(one).toMatchObject(rest);
        expect(await one.small.arrayBuffer()).toEqual(await small.arrayBuffer());
      }
    expect(await projectZip(again, facts, { divided: divided(again), head })).toEqual(bytes);
  });

  it('is refused with a sentence if it is of another network, damaged or something else', async () => {
    const other = { ...facts, named: 'other', saved: { ...facts.saved } };
    other.saved.backbone = { ...facts.saved.backbone, fingerprint: 'f' };
    const bytes = await projectZip(project, facts);
    const refusal = (blob: Uint8Array<ArrayBuffer>, of = facts): Promise<unknown> => openProject(new Blob([blob]), of);
    await expect(refusal(bytes, other)).rejects.toThrow(
      /^This ZIP was taught with another network, efficientnet-lite0 to features.*; this page has other\. Open it/,
    );
    await expect(refusal(bytes.slice(0, 9000))).rejects.toThrow(/it is one that is cut short/);
    const changed = bytes.slice();
    changed[Buffer.from(bytes).indexOf('"file"') + 2] ^= 1;
    await expect(refusal(changed)).rejects.toThrow('The ZIP is damaged: teach.json');
    await expect(refusal(new Uint8Array(500))).rejects.toThrow(/Expected a ZIP that a teaching page saved/);
    writeFileSync(inFolder('untaught.zip'), bytes);
    await expect(loadToPredict(inFolder('untaught.zip'))).rejects.toThrow(/untaught\.zip.*classifier\.json: expected/);
  });

  it('has folders that every file system takes', () => {
    expect(folderNames(['a/b', 'A-B', '..', ' x. ', 'n'.repeat(99), 'rosé'])).toEqual([
      'a-b',
      'A-B (2)',
      'class',
      'x',
      'n'.repeat(60),
      'rosé',
    ]);
  });
});

it('a teaching page is refused for a network that does not end in a vector, and for other files', async () => {
  await expect(saveTeachingPage(inFolder('a.txt'))).rejects.toThrow(/ends in \.html/);
  await expect(saveTeachingPage(inFolder('a.html'), { backbone: 'vgg19-mini' })).rejects.toThrow(
    /backbone: expected an ONNX file that ends in a vector/,
  );
});
