import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenInside, put, putClasses, temporaryFolder } from '../data/pictures.ts';
import { node } from '../process.ts';

let folder: string;
let remove: () => void;
beforeAll(async () => {
  ({ folder, remove } = temporaryFolder());
  await putClasses(folder, { 'train/dark': 20, 'train/light': 20, 'val/dark': 5, 'val/light': 5 });
});
afterAll(() => remove());

const graft = (...args: string[]): ReturnType<typeof node> => node(['src/graft.mjs', ...args]);
const SMALL = ['--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--precision', 'float32'];

describe('graft, with a folder of photos', () => {
  it('trains on it, tells first what is wrong with it, and predicts as it was tested', async () => {
    put(folder, 'train/dark/page.jpg', '<!DOCTYPE html>');
    const places = ['--runs', path.join(folder, '../runs'), '--save', path.join(folder, '../classifier')];
    const { stdout, stderr, status } = await graft(
      'train',
      '--data',
      folder,
      ...SMALL,
      '--epochs',
      '2',
      ...places,
      '--json',
    );
    expect(status).toBe(0);
    expect(stderr).toContain('left out  named as pictures, but are not  1  train/dark/page.jpg');
    const run = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(run.options).toMatchObject({ train: 36, validation: 4, test: 10 });
    expect(run.pictures).toMatchObject({ read: 50, leftOut: 1, division: { by: 'source' } });
    const files = ['val/dark', 'val/light'].flatMap((name) =>
      readdirSync(path.join(folder, name)).map((file) => path.join(folder, name, file)),
    );
    const predicted = await graft('predict', '--classifier', places[3], ...files, '--json');
    const right = (JSON.parse(predicted.stdout) as { file: string; className: string }[]).filter(
      ({ file, className }) => file.includes(`/${className}/`),
    );
    expect(right.length / 10).toBeCloseTo(run.test.accuracy as number, 6);
  });

  it('writes down who was tested on, where a seed decided that', async () => {
    const runs = path.join(folder, '../seeded');
    const { status } = await graft(
      'train',
      '--data',
      path.join(folder, 'train'),
      ...SMALL,
      '--epochs',
      '1',
      '--runs',
      runs,
    );
    expect(status).toBe(0);
    const table = readFileSync(path.join(runs, readdirSync(runs)[0], 'division.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(table[0]).toBe('path,label,split');
    expect(table).toHaveLength(41);
    expect(table.filter((line) => line.endsWith(',test'))).toHaveLength(8);
  });

  it('goes on without pictures that turn out to be damaged inside, counts them, and does not stumble over them again', async () => {
    const broken = path.join(folder, '../broken');
    await putClasses(broken, { dark: 12, light: 12 }, 300);
    put(broken, 'dark/inside.png', await brokenInside(90));
    put(broken, 'light/copy.png', await brokenInside(90)); // the same picture, which is decoded once
    const args = ['train', '--data', broken, ...SMALL, '--epochs', '1', '--runs', path.join(folder, '../runs-broken')];
    const first = await graft(...args, '--json');
    expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('cannot be decoded')]);
    expect(first.stderr).toContain('24 pictures, 2 left out');
    const run = JSON.parse(first.stdout) as { pictures: object };
    expect(run.pictures).toMatchObject({ read: 24, leftOut: 2 });
    const second = await graft(...args);
    expect([second.status, second.stderr]).toEqual([0, expect.not.stringContaining('cannot be decoded')]);
    expect(second.stderr).toMatch(/left out {2}damaged +2 {2}dark\/inside\.png \(.+\), light\/copy\.png/);
  });

  it('computes nothing where it is strict and something is wrong, or where there is no such folder', async () => {
    const never = ['--cache', path.join(folder, '../never'), '--runs', path.join(folder, '../never')];
    const strict = await graft('train', '--data', folder, ...SMALL, '--strict', ...never);
    expect(strict.stderr).toContain('strict: expected nothing wrong; got');
    const none = await graft('train', '--data', 'no-such-folder', ...SMALL, ...never);
    expect(none.stderr).toContain(
      '--data: expected one of cifar10, cifar10-sample, shapes10, or a folder or file that is there; got "no-such-folder".',
    );
    expect([strict.status, none.status]).toEqual([1, 2]);
    expect(existsSync(never[1])).toBe(false);
  });

  it('extracts its features', async () => {
    const out = path.join(folder, '../F.npy');
    const { stdout } = await graft('features', '--data', folder, ...SMALL, '--split', 'test', '--out', out, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ shape: [10, 2, 2, 128] });
  });
});
