import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { node } from '../process.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'crossvalidate-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('graft crossvalidate says how right a classifier is, with an interval, and writes every mistake down', async () => {
  const out = path.join(folder, 'judged.json');
  const work = ['--data', 'shapes10', '--size', '80', '--backbone', 'vgg19-mini', '--cut', 'block5_pool'];
  const args = [...work, '--folds', '4', '--repeats', '2', '--cache', path.join(folder, 'features')];
  const { status, stdout, stderr } = await node(['src/graft.mjs', 'crossvalidate', ...args, '--out', out, '--json']);
  expect(`${stderr}${status}`).toMatch(/0$/);
  const said = JSON.parse(stdout) as {
    readonly accuracy: number;
    readonly interval: readonly [number, number];
    readonly mistakes: readonly { readonly label: string; readonly prediction: string }[];
  };
  expect(said).toMatchObject({ n: 80, remarks: [], backbone: { network: 'vgg19-mini', cut: 'block5_pool' } });
  expect(said).toHaveProperty('folds.length', 8);
  expect(said.interval[0]).toBeLessThan(said.accuracy);
  expect(said.accuracy).toBeLessThan(said.interval[1]);
  expect(said.mistakes.every(({ label, prediction }) => label !== prediction)).toBe(true);
  expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(said);
});

it('graft crossvalidate keeps the pictures of a group in one fold, as a table of files and groups names them', async () => {
  const files = readdirSync('data/drawn-flowers', { recursive: true })
    .map(String)
    .filter((name) => /\.(jpg|png)$/.test(name));
  const groups = path.join(folder, 'groups.csv');
  writeFileSync(groups, ['file,plant', ...files.map((file, i) => `${file},plant ${i % 8}`)].join('\n'));
  const work = ['--data', 'data/drawn-flowers', '--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--folds', '2'];
  const args = [...work, '--cache', path.join(folder, 'features'), '--groups'];
  const { status, stdout, stderr } = await node(['src/graft.mjs', 'crossvalidate', ...args, groups, '--json']);
  expect(`${stderr}${status}`).toMatch(/0$/);
  expect(JSON.parse(stdout)).toMatchObject({ groups: { by: groups, n: 8 }, n: 65 });
  const named = await node(['src/graft.mjs', 'crossvalidate', '--data', 'shapes10', '--groups', 'plant']);
  expect([named.status, named.stderr]).toEqual([
    2,
    expect.stringContaining('--groups: expected duplicates or none for a'),
  ]);
});

it('graft features --out writes the labels of its rows beside them', async () => {
  const out = path.join(folder, 'rows.npy');
  const work = ['--data', 'data/drawn-flowers', '--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--split', 'test'];
  const { status, stdout } = await node([
    'src/graft.mjs',
    'features',
    ...work,
    '--cache',
    path.join(folder, 'features'),
    '--out',
    out,
  ]);
  expect([status, stdout]).toEqual([0, expect.stringContaining('their labels: ')]);
  const [head, ...rows] = readFileSync(path.join(folder, 'rows.csv'), 'utf8').trimEnd().split('\n');
  expect(head).toBe('row,file,label,class');
  expect(readFileSync(out).toString('latin1', 0, 128)).toContain(`(${rows.length}, `);
  const [file, label, name] = rows[0].split(',').slice(1);
  expect(file).toContain(`${name}/`);
  expect(Number(label)).toBeGreaterThanOrEqual(0);
});

it('a training whose classifier cannot be saved tells its figures all the same, and ends with what went wrong', async () => {
  const save = '/proc/graft/classifier';
  const work = [
    '--data',
    'shapes10',
    '--train',
    '40',
    '--test',
    '20',
    '--backbone',
    'vgg19-mini',
    '--cut',
    'block5_pool',
  ];
  const places = ['--cache', path.join(folder, 'features'), '--runs', path.join(folder, 'runs')];
  const { status, stdout, stderr } = await node([
    'src/graft.mjs',
    'train',
    ...work,
    '--epochs',
    '1',
    ...places,
    '--save',
    save,
  ]);
  expect(status).not.toBe(0);
  expect(stdout).toMatch(/^test accuracy .* n = 20\)\n/);
  expect(stdout).not.toContain('next: graft predict');
  expect(stderr).toContain(save);
});
