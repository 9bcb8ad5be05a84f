import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadClassifier } from '../../src/classifier/load.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { countSeen, sightings } from '../../src/data/seen.ts';
import { photos } from '../../src/data/photos.ts';
import { headKind } from '../../src/experiments/head-kind.ts';
import { listRuns, type Run } from '../../src/experiments/runs.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { features } from '../../src/features/features.ts';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'head-kind-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

describe('nobody says how the head is trained', () => {
  const rows = (shape = [2]) => features(new Float32Array(4 * shape.reduce((a, b) => a * b)), [0, 1, 0, 1], { shape });
  const own = { photos: {} as never, features: { train: rows(), validation: rows(), test: rows() } };

  it.each<[string, object, object, string]>([
    ['photos', {}, {}, 'auto'],
    ['photos, and another seed', { seed: 2 }, {}, 'auto'],
    ['photos, and an option of the softmax head, even its default', { dropout: 0.5 }, {}, 'softmax'],
    ['photos without validation images', {}, { features: { train: rows(), test: rows() } }, 'softmax'],
    [
      'feature maps',
      {},
      { features: { train: rows([1, 1, 2]), validation: rows([1, 1, 2]), test: rows() } },
      'softmax',
    ],
    ['a named data set', {}, { photos: undefined }, 'softmax'],
    ['it is said', { head: 'regression', dropout: 0 }, {}, 'regression'],
  ])('%s', (_, options, work, kind) => {
    expect(headKind(options, { ...own, ...work }).kind).toBe(kind);
  });
});

it('a classifier of photos with the better head is written down, saved and loaded as any other', async () => {
  mkdirSync(at('runs'));
  const data = await photos('data/drawn-flowers', { progress: false });
  const options = { data, backbone: 'vgg19-mini', cache: at('cache'), runs: at('runs'), progress: false } as const;
  const { classifier, run, test, history } = await trainClassifier(options);
  expect(run.head).toEqual(history.of.chosen);
  const { softmax, regression } = run.head!;
  expect([typeof softmax!.accuracy, typeof regression!.l2]).toEqual(['number', 'number']);
  expect(run.head!.why).toMatch(/^regression \(decay .*\): [\d.]+ % of \d+ validation images; softmax: [\d.]+ %/);
  expect(run.options.head).toBe(run.head!.head);

  const forced = await trainClassifier({ ...options, head: 'regression' });
  expect(forced.run.head).toMatchObject({ head: 'regression' });
  expect(forced.run.options).not.toHaveProperty('dropout');
  const seen = forced.classifier.seen!;
  expect(seen.validation.length).toBeGreaterThan(0);
  expect(countSeen(sightings(seen)(seen.validation)).validation).toBe(0); // they were trained on as well
  await saveClassifier(forced.classifier, at('classifier'));
  const loaded = await loadClassifier(at('classifier'));
  expect(loaded.id).toBe(forced.classifier.id);
  expect([test.labels.length, forced.test.labels.length]).toEqual([run.test.n, run.test.n]);
  expect(classifier.classNames).toEqual(loaded.classNames);

  await expect(trainClassifier({ ...options, head: 'regression', epochs: 3 })).rejects.toThrow(
    'head: expected no option of the softmax head with regression; got epochs 3.',
  );
});

it('records of earlier versions, whose `head` was the layers in words, are read', () => {
  const [{ id }] = listRuns({ folder: at('runs') });
  const file = path.join(at('runs'), id, 'run.json');
  const { head: _, options, ...run } = readSealed<Run>(file);
  const { layers: __, ...others } = options;
  writeSealed(file, { ...run, options: { ...others, head: 'Dropout 0.5, Dense 5' } });
  const read = listRuns({ folder: at('runs') }).find((one) => one.id === id)!;
  expect(read.options).toMatchObject({ head: 'softmax', layers: 'Dropout 0.5, Dense 5' });
});
