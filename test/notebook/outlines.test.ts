import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findHelp } from '../../src/notebook/kernel/assist/help.ts';
import { createCompiler } from '../../src/notebook/kernel/compile/compiler.ts';
import { bodiesOf, withoutBodies } from '../../src/notebook/kernel/compile/outlines.ts';
import type { Folders } from '../../src/notebook/kernel/modules/folders.ts';

it('an outline lacks the bodies of functions that declare what they return; all else is at its place', () => {
  const text = [
    'export function typed(a: number): number {',
    '  return a; // é',
    '}',
    'export const both = { arrow: (a: string): a is "b" => a === "b", free: () => 1 };',
    'export const below = (): string =>',
    '  "below";',
    'export class C { #x; constructor() { this.#x = 2; } get x(): number { return this.#x; } }',
  ].join('\r\n');
  const outline = withoutBodies(text, bodiesOf(ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true)));
  const [lines, before] = [outline, text].map((one) => one.split('\r\n'));
  expect(lines.map(({ length }) => length)).toEqual(before.map(({ length }) => length));
  expect(lines.map((line) => line.replace(/\s+/g, ' ').trimEnd())).toEqual([
    'export function typed(a: number): number{',
    '',
    '}',
    'export const both = { arrow: (a: string): a is "b" =>{ }, free: () => 1 };',
    'export const below = (): string =>',
    '{ };',
    'export class C { #x; constructor() { this.#x = 2; } get x(): number{ } }',
  ]);
});

let folders: Folders;
const home = process.cwd();
const FIT = '/** Fits. */\nexport function fit(n: number): number {\n  return 2 * n;\n}\n';
const CELL = "import { fit } from './src/fit';\nconst n = fit(1);";

beforeAll(() => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'outlines-'));
  for (const folder of ['src', 'node_modules']) mkdirSync(path.join(root, folder));
  writeFileSync(path.join(root, 'tsconfig.json'), '{ "compilerOptions": { "strict": true, "types": [] } }');
  writeFileSync(path.join(root, 'src/fit.ts'), FIT);
  folders = { notebook: root, project: root, root };
});
afterAll(() => {
  process.chdir(home);
  rmSync(folders.root, { recursive: true });
});

it('a kernel reads modules as outlines that an earlier one has learnt; shows their source, and checks them once edited', async () => {
  const cache = path.join(folders.root, 'node_modules/.cache/graft/outlines.json');
  process.chdir(folders.root);
  for (const learnt of [false, true]) {
    expect(existsSync(cache)).toBe(learnt);
    const compiler = createCompiler(folders);
    expect(compiler.compile(CELL).diagnostics).toEqual([]);
    const { program } = compiler.view('fit', 3);
    const text = program.getSourceFile(path.join(folders.root, 'src/fit.ts'))!.text;
    expect(text.includes('return')).toBe(!learnt);
    expect(findHelp({ name: 'fit', source: true }, compiler, folders, [])!['text/plain']).toBe(
      `src/fit.ts:2\n\n${FIT.trim()}`,
    );
    if (learnt) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      writeFileSync(path.join(folders.root, 'src/fit.ts'), FIT.replace('2 * n', '"2"'));
      const edited = (): string[] => compiler.compile(CELL).diagnostics.map(({ text }) => text);
      await expect.poll(edited, { timeout: 10_000 }).toEqual(["Type 'string' is not assignable to type 'number'."]);
    }
    compiler.close();
  }
  writeFileSync(path.join(folders.root, 'src/fit.ts'), FIT);
  writeFileSync(cache, '[["');
  const compiler = createCompiler(folders);
  expect(compiler.compile(CELL).diagnostics).toEqual([]);
  compiler.close();
});
