import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Linter } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { expect, it } from 'vitest';
import { ownWords } from './own-words.mjs';

const CODE = `const table: Record<string, number> = {};
export const reads = (word: string): number | undefined => table[word];
export const asks = (word: string): boolean => word in table;
export const writes = (word: string): void => void (table[word] = 1);
export const own = (word: string): number => (Object.hasOwn(table, word) ? table[word] : 0);
export const known = (word: 'a' | 'b'): number => table[word];
export const environment = (word: string): string | undefined => process.env[word];
export const list = (numbers: number[], i: number): number => numbers[i];
`;

it('what looks any word up in an object is reported, and what asks for its own words is not', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lint-'));
  const filename = path.join(folder, 'code.ts');
  writeFileSync(filename, CODE);
  const program = ts.createProgram([filename], { lib: ['lib.es2022.d.ts'], types: [], strict: true });
  const messages = new Linter({ cwd: folder }).verify(
    CODE,
    {
      files: ['**/*.ts'],
      plugins: { graft: { rules: { 'own-words': ownWords } } },
      languageOptions: { parser: tseslint.parser, parserOptions: { programs: [program] } },
      rules: { 'graft/own-words': 'error' },
    },
    { filename },
  );
  expect(messages.map(({ line, ruleId }) => [line, ruleId])).toEqual(
    [2, 3, 4].map((line) => [line, 'graft/own-words']),
  );
  rmSync(folder, { recursive: true });
});
