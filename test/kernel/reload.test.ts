import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { session } from './session.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'reload-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('loads a module again after any failed reload, and names an export that is gone', async () => {
  const { results } = await session(
    [
      {
        write: {
          'h1.ts': 'export const answer = 1;',
          'user.ts': "import { answer } from './h1.ts';\nexport const twice = () => 2 * answer;",
        },
        run: "import { answer } from './h1';\nimport { twice } from './user';\n[answer, twice()]",
      },
      { write: { 'h1.ts': 'export const answer = ;' }, run: '[answer, twice()]' },
      { run: '1 + 1' },
      { run: 'answer' },
      { write: { 'h1.ts': 'export const answer = 2;' }, run: '[answer, twice()]' },
      { write: { 'h1.ts': "throw new Error('not today');" }, run: 'answer' },
      { write: { 'h1.ts': 'export const answer = 3;' }, run: '[answer, twice()]' },
      { write: { 'h1.ts': 'export const ans' }, run: 'twice()' },
      { write: { 'h1.ts': 'export const answer = 4;' }, run: '[answer, twice()]' },
      { write: { 'h2.ts': 'export const a = 1; export const b = 2;' }, run: "import { a, b } from './h2';\n[a, b]" },
      { write: { 'h2.ts': 'export const a = 10;' }, run: 'a' },
      { run: 'b' },
      { write: { 'h2.ts': 'export const a = 10; export const b = 20;' }, run: '[a, b]' },
      // an edit while the cell that loads the file runs is one
      {
        write: { 'h3.ts': 'export const c = 1;' },
        run: "import { c } from './h3';\nimport { writeFileSync } from 'node:fs';\nawait new Promise((r) => setTimeout(r, 50));\nwriteFileSync('h3.ts', 'export const c = 2;');\nc",
      },
      { run: 'c' },
      // a name that a cell has declared since is the cell's
      { run: "const c = 'own'; c" },
      { write: { 'h3.ts': 'export const c = 3;' }, run: 'c' },
    ],
    { folder },
  );
  const shown = results.map(({ display, error }) => error?.evalue ?? display[0]);
  expect(shown).toEqual([
    '[ 1, 2 ]',
    '[ 1, 2 ]',
    '2',
    '1',
    '[ 2, 4 ]',
    '2',
    '[ 3, 6 ]',
    '6',
    '[ 4, 8 ]',
    '[ 1, 2 ]',
    '10',
    '`b` has no value: ./h2 does not export b any more.',
    '[ 10, 20 ]',
    '1',
    '2',
    'own',
    'own',
  ]);
  for (const i of [1, 3]) expect(results[i].text).toMatch(/`answer` is the old one: \.\/h1 was not loaded again: /);
  expect(results[2].text).toBe('');
  expect(results[5].text).toContain('not today');
  expect(results[7].text).toContain('`twice` is the old one');
});

it('reads what a module exports as it is now, until the name is declared or assigned anew', async () => {
  const { results } = await session(
    [
      {
        write: {
          'live.ts': 'export let count = 0;\nexport const inc = (): number => ++count;\nexport default inc;',
        },
        run: "import { count, inc } from './live';\ninc();\ncount",
      },
      { run: 'inc();\ncount' },
      { run: "import * as live from './live';\nimport { count as n } from './live';\ninc();\n[live.count, count, n]" },
      { run: "let count = 70; throw new Error('planned');" },
      { run: 'inc();\n[count, n]' },
      { run: "const n: number = (() => { throw new Error('planned'); })();" },
      { run: 'inc();\nn' }, // the cell failed before it was set: it still is what the module exports
      {
        write: { 'live.ts': 'export let count = 10;\nexport const inc = (): number => ++count;' },
        run: '[count, n, inc(), n]',
      },
    ],
    { folder },
  );
  expect(results.map(({ display, error }) => error?.evalue ?? display[0])).toEqual([
    '1',
    '2',
    '[ 3, 3, 3 ]',
    'planned',
    '[ 70, 4 ]',
    'planned',
    '5',
    '[ 70, 10, 11, 11 ]',
  ]);
});
