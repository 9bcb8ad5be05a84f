import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { session, type Step } from './session.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'typescript-'));
  const files: Record<string, string> = {
    'data.json': '{ "a": 1 }',
    'node_modules/only-import/package.json':
      '{ "name": "only-import", "type": "module", "exports": { "types": "./index.d.ts", "import": "./index.js" } }',
    'node_modules/only-import/index.js': 'export const v = 7;\nexport default function f() { return 8; }\n',
    // declarations of a newer TypeScript
    'node_modules/only-import/index.d.ts':
      'export declare const v: number;\nexport default function f<const T>(of?: NoInfer<T>): number;\n',
    'node_modules/awaits/package.json':
      '{ "name": "awaits", "type": "module", "exports": { "import": "./index.mjs" } }',
    'node_modules/awaits/index.mjs': 'export const w = await Promise.resolve(9);\n',
    'node_modules/awaits/index.d.mts': 'export declare const w: number;\n',
    'newer.ts': [
      "import data from './data.json' with { type: 'json' };",
      'const once = (f: () => string, _: ClassMethodDecoratorContext) => f;',
      'export class Newer { @once name() { return import.meta.filename; } }',
      'export function disposed() {',
      '  const told: string[] = [];',
      "  { using one = { [Symbol.dispose]: () => void told.push('gone') }; told.push(one ? 'there' : ''); }",
      '  return [...told, data.a];',
      '}',
    ].join('\n'),
    'awaits.ts':
      'export const t: number = await Promise.resolve(3);\nexport const deep = async () => { await null; throw new Error("deep"); };\n',
    'awaits.mjs': 'export const l = await Promise.resolve(4);\n',
    'user.ts':
      "import { t } from './awaits';\nimport { v } from 'only-import';\nimport { w } from 'awaits';\nexport const sum: number = t + v + w;\n",
    'fails.ts': 'export const a = await Promise.resolve(1);\nthrow new Error(`late ${a}`);\n',
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Cells, and what each shows: its last value, or an error's message; with files that are written before it. */
type Told = readonly [run: string, shown?: string | RegExp, write?: Record<string, string>];

async function expectEach(cells: readonly Told[], kernels = 1): Promise<void> {
  for (let kernel = 0; kernel < kernels; kernel++) {
    const { results } = await session(
      cells.map(([run, , write]) => ({ run, ...(write && { write }) })),
      { folder },
    );
    const given = results.map(({ display, error }) => (error ? error.evalue : (display[0] ?? '')));
    cells.forEach(([run, shown = ''], i) => {
      if (typeof shown === 'string') expect(given[i], run).toBe(shown);
      else expect(given[i], run).toMatch(shown);
    });
  }
}

it('reads cells as TypeScript 5.9, and a second kernel takes them as the first has compiled them', () =>
  expectEach(
    [
      ['const told: string[] = [];'],
      [
        "{ using one = { [Symbol.dispose]() { told.push('disposed'); } }; told.push('in'); }\ntold.join()",
        'in,disposed',
      ],
      ["using of = { [Symbol.dispose]() { told.push('cell'); } };\ntold.length", '2'],
      [
        "await using later = { async [Symbol.asyncDispose]() { await null; told.push('async'); } };\ntold.at(-1)",
        'cell',
      ],
      ['told.at(-1)', 'async'],
      ["import data from './data.json' with { type: 'json' };\ndata.a", '1'],
      ["import plain from './data.json';\nplain.a + data.a", '2'],
      [
        'const twice = (f: () => number, _: ClassMethodDecoratorContext) => () => 2 * f();\nclass D { @twice two() { return 1; } }\nnew D().two()',
        '2',
      ],
      ['const defined: number[] = [1, undefined].filter((one) => one !== undefined);\ndefined', '[ 1 ]'],
      [
        "declare function pick<T extends string>(all: T[], one: NoInfer<T>): void;\npick(['a'], 'b');",
        /cell:2:13 .*"b"/,
      ],
      ['class B { m() { await Promise.resolve(1); } }', /cell:1:17 'await' expressions are only allowed/],
      [
        'const at = import.meta;\n[at.dirname === process.cwd(), at.filename.startsWith(at.dirname), at.url.startsWith("file:///")]',
        '[ true, true, true ]',
      ],
      ["new URL('x.json', import.meta.url).pathname.endsWith('/x.json')", 'true'],
      // `export` says nothing in a cell
      ['export const ex = 5;\nex', '5'],
      ['export default ex + 1', '6'],
      ['export function half() { return ex / 2; }\nexport { ex };\nexport type Ex = typeof ex;\nhalf()', '2.5'],
      ['export default class { static here = 1; }', /class/],
      ["export { basename as base } from 'node:path';\nexport * from 'node:os';\nbase('/a/b')", 'b'],
      ['const is: Ex = 5;\nhalf() + is', '7.5'],
      // names that CommonJS has for itself
      ['const exports = 1, require = 2, module = 3;\nexports + require + module', '6'],
      ['[exports, require, module]', '[ 1, 2, 3 ]'],
      ['const of2 = (exports: number) => ex + exports;\nof2(1)', '6'],
      // a helper of TypeScript's own is no variable of a cell's
      ["let env_1 = 'mine', __esDecorate = 'mine too';"],
      [
        'using two = { [Symbol.dispose]() {} };\nclass E { @twice two() { return 2; } }\n[env_1, new E().two()]',
        "[ 'mine', 4 ]",
      ],
      ['[env_1, __esDecorate]', "[ 'mine', 'mine too' ]"],
      // declarations of earlier cells stay, as far as they are not replaced
      [
        "interface P { p: number }\nclass K { k = 1 }\nenum Color { Red }\nnamespace N { export const n = 1; }\nlet a1 = 1, b1 = 'b';\nimport { join, sep as slash } from 'node:path';",
      ],
      ["let b1 = 2;\nconst join = 'own';\ninterface K { other: string }"],
      [
        'const p: P = { p: a1 + b1 + Color.Red + N.n };\nconst other: K = { other: join + slash };\n[p.p, other.other, new K().k]',
        "[ 4, 'own/', 1 ]",
      ],
      ['const s: string = b1;', /cell:1:7 Type 'number' is not assignable to type 'string'/],
    ],
    2,
  ));

it('knows the names of cells that an earlier kernel has compiled, their lines and their types', async () => {
  const steps: Step[] = [
    { run: "import { loadData, sample } from 'graft-ml';\nimport data from './data.json';\nlet n = data.a;" },
    { run: "const images = sample(await loadData('shapes10'), { train: 20, test: 10 });\nimages.train.n" },
    { run: 'function fails() {\n  throw new Error(`at ${n}`);\n}\nfails();' },
    { run: 'n.length' },
    { complete: 'images.tes' },
    { inspect: 'fails' },
    { run: 'n + images.test.n' },
  ];
  const [first, again] = [await session(steps, { folder }), await session(steps, { folder })].map(({ results }) =>
    results.map(({ display, error, matches, data }) => ({ display, error, matches, data })),
  );
  expect(first[2].error?.traceback.join('\n')).toContain('cell [3]:2:9');
  expect(first[3].error?.evalue).toContain("Property 'length' does not exist on type 'number'");
  expect(first[4].matches).toEqual(['test']);
  expect(first[6].display).toEqual(['11']);
  expect(again).toEqual(first);
});

it('loads own modules and packages as `import` does, with their syntax errors in place', () =>
  expectEach([
    [
      "import { Newer, disposed } from './newer';\n[new Newer().name().endsWith('/newer.ts'), disposed()]",
      "[ true, [ 'there', 'gone', 1 ] ]",
    ],
    [
      "import { v } from 'only-import';\nimport f from 'only-import';\nimport * as all from 'only-import';\n[v, f(), Object.keys(all)]",
      "[ 7, 8, [ 'default', 'v' ] ]",
    ],
    ["import { w } from 'awaits';\n[w, (await import('awaits')).w, (await import('only-import')).v]", '[ 9, 9, 7 ]'],
    [
      "import { t, deep } from './awaits';\nimport { l } from './awaits.mjs';\nimport { sum } from './user';\n[t, l, sum]",
      '[ 3, 4, 19 ]',
    ],
    ["(await import('./awaits.mjs')).l", '4'],
    [
      '[t, sum]',
      '[ 5, 21 ]',
      {
        'awaits.ts':
          'export const t: number = await Promise.resolve(5);\nexport const deep = async () => {\n  await null;\n  throw new Error("deep");\n};\n',
      },
    ],
    ['await deep()', 'deep'],
    ["import { a } from './fails';\na", 'late 1'],
    ["import { a } from './fails';\na", '1', { 'fails.ts': 'export const a = await Promise.resolve(1);\n' }],
    [
      "import { area } from './typo';\narea(1)",
      "typo.ts:2:10 ',' expected.",
      { 'typo.ts': 'export function area(\n  r: num ber { return r; }\n' },
    ],
    ["import { area } from './typo';\narea(1)", '1', { 'typo.ts': 'export function area(r: number) { return r; }\n' }],
  ]));
