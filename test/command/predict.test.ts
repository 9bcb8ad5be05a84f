import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Streamed } from '../../src/command/line/command.mjs';
import { run as predict } from '../../src/command/run/predict.ts';
import { run as train } from '../../src/command/run/train.ts';
import { photos } from '../../src/data/photos.ts';
import { picture, put, putClasses, temporaryFolder } from '../data/pictures.ts';

let own: string;
let beside: (name: string) => string;
let remove: () => void;
const context = (...operands: string[]) => ({ operands, signal: new AbortController().signal });

/** What browsers and phones call pictures; which of them are some their bytes say. */
const ENDINGS = ['JPG', 'jpe', 'jfif', 'pjpeg', 'jpg_large', 'JPG.', 'jpg~', 'jpg (1)', 'dat', 'png', 'PNG'];

beforeAll(async () => {
  const made = temporaryFolder();
  [own, remove] = [made.folder, () => made.remove()];
  beside = (name) => path.join(own, '..', name);
  await putClasses(own, { '=file': 12 }, 600);
  for (const [i, ending] of ENDINGS.entries()) put(own, `error/${i}.${ending}`, await picture(700 + i));
  put(own, 'error/notes.txt', 'no picture');
  const small = { backbone: 'vgg19-mini', cut: 'block5_pool', precision: 'float32', epochs: 1 } as const;
  await train({ data: own, ...small, runs: beside('runs'), save: beside('classifier') }, context());
});
afterAll(() => remove());

describe('graft predict', () => {
  it('reads of a folder what a training reads of it, and names what it passes over', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { rows, failed } = (await predict({ classifier: beside('classifier') }, context(own))) as Streamed;
    const files: string[] = [];
    for await (const { json } of rows) files.push((json as { file: string }).file);
    const { train: learnt, test } = await photos(own, { progress: false });
    const known = [learnt, test].flatMap((of) => Array.from(of.labels, (_, i) => path.join(own, of.fileAt!(i))));
    expect(files.sort()).toEqual(known.sort());
    expect(files).toHaveLength(12 + ENDINGS.length);
    expect(failed()).toBeUndefined();
    expect(said.mock.calls.flat()).toEqual([
      `skipped, because they are not pictures: ${path.join(own, 'error/notes.txt')}`,
    ]);
    said.mockRestore();
  });

  it('writes a table for spreadsheets: marked as UTF-8, nothing to compute, each column with a name of its own', async () => {
    const out = beside('table.csv');
    await predict({ classifier: beside('classifier'), out }, context(path.join(own, '=file')));
    const bytes = readFileSync(out);
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [header, ...rows] = parse(bytes, { bom: true });
    expect(header).toEqual(['file', 'class', 'probability', 'error', 'seen', "'=file", 'probability of error']);
    expect(rows.flat().filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(rows.map(([, label]) => label).every((label) => ["'=file", 'error'].includes(label))).toBe(true);
  });

  it('takes files whose names begin with a dash, and ends where nobody reads on', async () => {
    for (let i = 0; i < 40; i++) put(beside('dash'), `-${i}.png`, await picture(i));
    const graft = path.resolve('src/graft.mjs');
    const script = 'cd "$1"; node "$2" predict --classifier "$3" *.png | head -1; echo "${PIPESTATUS[0]}"';
    const args = ['-c', script, 'bash', beside('dash'), graft, beside('classifier')];
    const { stdout, stderr } = await promisify(execFile)('bash', args);
    expect(stdout).toMatch(/^\.\/-\d+\.png: .*\n0\n$/);
    expect(stderr).not.toMatch(/EPIPE|Error/);
    expect(readdirSync(beside('dash'))).toHaveLength(40);
  });
});
