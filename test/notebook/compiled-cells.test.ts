import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';
import { type Compiled, createCompiler } from '../../src/notebook/kernel/compile/compiler.ts';

let root: string;
const home = process.cwd();
const cache = (): string => path.join(root, 'node_modules/.cache/graft/cells');

const FILES: Record<string, string> = {
  'package.json': '{ "name": "graft-ml" }',
  'tsconfig.json': '{ "compilerOptions": { "strict": true, "types": ["own"] } }',
  'node_modules/@types/own/index.d.ts': 'declare const given: number;\n',
  'node_modules/pack/package.json': '{ "name": "pack", "types": "index.d.ts" }',
  'node_modules/pack/index.d.ts': 'export declare const packed: number;\n',
  'book/helper/index.ts': "import { deep } from '../deep';\nexport const help: number = deep;\n",
  'book/deep.ts': 'export const deep: number = 1;\n',
};
/** All that a cell can depend on: modules, theirs, packages, global types, cells before. */
const CELLS = [
  "import { help } from './helper';\nimport { packed } from 'pack';\nlet a = help;",
  'const b: number = a + packed + given;',
  'b.toFixed(1)',
];

/** Writes a file that bears the same date as all others. */
const put = (file: string, text: string): void => {
  const at = path.join(root, file);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, text);
  utimesSync(at, 1, 1);
};

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'cells-'));
  for (const [file, text] of Object.entries(FILES)) put(file, text);
  process.chdir(root);
});
afterEach(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); // clocks of file systems are coarse
/** Compiles cells as a kernel does that starts now, which is not the moment at which the files were written. */
function kernel(cells: readonly string[] = CELLS, meanwhile = (): void => {}): Compiled[] {
  pause();
  const compiler = createCompiler({ notebook: path.join(root, 'book'), project: root, root });
  pause();
  meanwhile();
  try {
    return cells.map((cell) => compiler.compile(cell));
  } finally {
    compiler.close();
  }
}
const fresh = (cells?: readonly string[]): Compiled[] => {
  rmSync(cache(), { recursive: true, force: true });
  return kernel(cells);
};
const texts = (compiled: readonly Compiled[]): string[] =>
  compiled.flatMap(({ diagnostics }) => diagnostics.map(({ text }) => text));
/** Marks the kept cells, and tells which of a new kernel's come from them. */
function taken(cells?: readonly string[]): boolean[] {
  for (const file of readdirSync(cache())) {
    const at = path.join(cache(), file);
    const text = readFileSync(at, 'utf8');
    const kept = text ? readSealed<{ cell?: { readonly code: string } }>(at) : {};
    if (kept.cell) writeSealed(at, { ...kept, cell: { ...kept.cell, code: `${kept.cell.code}\n// kept` } });
  }
  return kernel(cells).map(({ code }) => code.endsWith('// kept'));
}

describe('a cell that an earlier kernel has compiled', () => {
  it('is taken as it was', () => {
    const before = kernel();
    expect(texts(before)).toEqual([]);
    expect(kernel()).toEqual(before);
    expect(taken()).toEqual([true, true, true]);
    // the same cell after other cells is another one, and the cells behind it still know its names
    expect(taken([CELLS[0], 'let a = "text";', 'a.length'])).toEqual([true, false, false]);
    expect(texts(kernel([CELLS[0], 'a.length']))).toEqual(["Property 'length' does not exist on type 'number'."]);
  });

  const edits: Record<string, () => void> = {
    'a module that it imports': () => put('book/helper/index.ts', 'export const help: string = "";\n'),
    'a module that this imports': () => put('book/deep.ts', 'export const deep: string = "1";\n'),
    'a module of the same size': () => put('book/deep.ts', FILES['book/deep.ts'].replace('number', 'string')),
    'a module that is gone': () => rmSync(path.join(root, 'book/deep.ts')),
    'a module that takes the place of another': () => put('book/helper.ts', 'export const help = "";\n'),
    'a package': () => put('node_modules/pack/index.d.ts', 'export declare const packed: string;\n'),
    'a package that comes before another': () => {
      put('book/node_modules/pack/package.json', FILES['node_modules/pack/package.json']);
      put('book/node_modules/pack/index.d.ts', 'export declare const packed: string;\n');
    },
    'global types': () => put('node_modules/@types/own/index.d.ts', 'declare const given: string;\n'),
    'the options of the project': () => put('tsconfig.json', '{ "compilerOptions": { "types": [] } }'),
  };
  for (const [what, edit] of Object.entries(edits))
    it(`is compiled anew after a change to ${what}`, () => {
      expect(texts(kernel())).toEqual([]);
      edit();
      const now = kernel();
      expect(texts(now)).not.toEqual([]);
      expect(now).toEqual(fresh());
    });

  it('is not kept if something is wrong with it, or if its modules have changed since the kernel started', () => {
    expect(texts(kernel(['const wrong: string = 1;']))).not.toEqual([]);
    kernel(CELLS, () => put('book/deep.ts', FILES['book/deep.ts']));
    expect(() => readdirSync(cache())).toThrow('ENOENT');
    kernel();
    expect(taken()).toEqual([true, true, true]);
  });

  it('is compiled anew where what was kept is damaged, and where nothing can be kept', () => {
    const before = kernel();
    const damages = [
      (text: string) => text.slice(0, -20),
      (text: string) => text.replace('a + packed', 'a - packed').replace('book', 'look'),
      () => '',
      () => 'null',
    ];
    for (const damage of damages) {
      for (const file of readdirSync(cache())) {
        const at = path.join(cache(), file);
        writeFileSync(at, damage(readFileSync(at, 'utf8')));
      }
      expect(kernel()).toEqual(before);
    }
    expect(taken()).toEqual([true, true, true]);
    rmSync(path.join(root, 'node_modules/.cache'), { recursive: true });
    writeFileSync(path.join(root, 'node_modules/.cache'), 'a file');
    expect(kernel()).toEqual(before);
  });

  it('goes when there are many others', () => {
    kernel();
    for (let i = 0; i < 1300; i++) {
      const file = path.join(cache(), `old-${i}`);
      writeFileSync(file, '');
      utimesSync(file, 1, 1);
    }
    kernel(['let more = 1;']);
    expect(readdirSync(cache())).toHaveLength(800);
    expect(taken()).toEqual([true, true, true]);
  });
});
