import { expect, it } from 'vitest';
import { session } from './session.ts';

/** Cells, and what the last value of each shows; an error's name and message where it fails. */
type Told = readonly [run: string, shown?: string | RegExp, interrupt?: number[]];

async function expectEach(cells: readonly Told[]): Promise<void> {
  const { results } = await session(cells.map(([run, , interrupt]) => ({ run, ...(interrupt && { interrupt }) })));
  const given = results.map(({ display, error }) => (error ? `${error.ename}: ${error.evalue}` : (display[0] ?? '')));
  cells.forEach(([run, shown = ''], i) => {
    if (typeof shown === 'string') expect(given[i], run).toBe(shown);
    else expect(given[i], run).toMatch(shown);
  });
}

it('reads and writes names of a cell through the notebook’s scope, in functions of the same cell too', () =>
  expectEach([
    ['let lr = 0.1; function trainStep() { return lr; }\ntrainStep()', '0.1'],
    ['lr = 0.001; trainStep()', '0.001'],
    ['let x = 1;\nconst bump = () => ++x;'],
    ['x = 5; bump(); x', '6'],
    ["function step() { return 'old'; }\nfunction loop() { return step(); }"],
    ["function step() { return 'new'; }"],
    ['loop()', 'new'],
    ['class Base { v = 1; }\nconst make = () => new Base().v;\nmake()', '1'],
    ['class Base { v = 2; }'],
    ['make()', '2'],
    [
      'let n = 1; const next = () => ++n; class K { v = n; static make() { return new K(); } get() { return [this.v, n]; } }\nnext()',
      '2',
    ],
    ['n = 10; [next(), new K().get(), K.make().v, next.name, K.name, n]', "[ 11, [ 11, 11 ], 11, 'next', 'K', 11 ]"],
    [
      'const { p, q: [r, ...more], z = p, ...others } = { p: 1, q: [2, 3, 4], w: 5 } as { p: number; q: number[]; z?: number; w: number };\nconst [x1, y1 = 7] = new Set([1]);\n[p, r, more, z, others, x1, y1]',
      '[ 1, 2, [ 3, 4 ], 1, { w: 5 }, 1, 7 ]',
    ],
    [
      'function* gen(k = p) { yield k; yield* [r, n]; }\nasync function later() { await null; n += 100; return n; }\n[[...gen()], await later(), n]',
      '[ [ 1, 2, 11 ], 111, 111 ]',
    ],
    [
      'let seen = 0;\nfor (let n = 0; n < 2; n++) seen += n;\nfor (var vi = 0; vi < 3; vi++);\nlr: for (;;) { break lr; }\nlet o = { n, p, lr: 5, m() { return n; } };\n[seen, vi, o.m(), o.lr, typeof n, typeof gen]',
      "[ 1, 3, 111, 5, 'number', 'function' ]",
    ],
    ['n++; n += 2; [n, lr] = [lr, n]; ({ p: n } = { p: 3 }); [n, lr]', '[ 3, 114 ]'],
    ['const shadow = (lr: number, p2 = n) => { const n = lr; return n + p2; };\nshadow(1)', '4'],
    [
      "enum Color { Red, Green = 'g' }\nnamespace NS { export const deep = Color.Green; export function f() { return deep; } }\n[Color.Red, NS.f()]",
      "[ 0, 'g' ]",
    ],
    [
      "import { basename as base } from 'node:path';\nimport os, * as all from 'node:os';\nconst useBase = () => base('/a/b');\n[useBase(), typeof os.cpus, typeof all.cpus]",
      "[ 'b', 'function', 'function' ]",
    ],
    ["base('/x/y')", 'y'],
    ['class E1 { static #p = 5; static read() { return E1.#p; } static one = new E1(); }\nE1.read()', '5'],
    [
      'const tag = (s: TemplateStringsArray) => s[0];\nconst f1 = function () { return f1.name; };\n[f1(), tag`hi`]',
      "[ 'f1', 'hi' ]",
    ],
    ['for await (const v of [Promise.resolve(1)]) { n += v; }\nn', '4'],
    ['let maybe: string | undefined = "there";'],
    ['let maybe: string | undefined;\nmaybe === undefined', 'true'],
    ['let notThere: any = 5;\nnotThere();', 'TypeError: notThere is not a function'],
    ['new notThere();', 'TypeError: notThere is not a constructor'],
    // names of earlier cells as properties, labels, parameters and members
    [
      'const { p: frozen, [`${"q"}`]: more2, r: { n: inner } } = { p: 8, q: 9, r: { n: 10 } };\n[frozen, more2, inner, p]',
      '[ 8, 9, 10, 1 ]',
    ],
    [
      'const { x: lr2, ...rest2 } = { x: 1, p: 2 }; const given = ({ p: own, n: [first] = [7] }: { p: number; n?: number[] }) => own + first;\nclass Named { p = 3; static n = 4; lr() { return this.p; } get x() { return n; } }\n[rest2.p, given({ p: 1 }), new Named().lr(), Named.n, new Named().x === n, { p: { n: 1 } }.p.n]',
      '[ 2, 8, 3, 4, true, 1 ]',
    ],
    [
      'p: for (const n of [1, 2]) { for (;;) { if (n === 1) continue p; break p; } }\nlet swapped = 0; ({ p: swapped } = { p: 5 }); const key = { [p]: 1, p }; [swapped, key[p], key.p]',
      '[ 5, 1, 1 ]',
    ],
    // a hundred million writes end: each costs nanoseconds
    ['let hot = 0; while (hot < 1e8) hot++;\nhot', '100000000'],
  ]));

it('keeps a value until the new one is there, and says which cell left a name without one', () =>
  expectEach([
    ["let kept = 'old'; kept", 'old'],
    ["await new Promise((r) => setTimeout(r, 30_000));\nlet kept = 'new';", /^Interrupted/, [0.5]],
    ['kept', 'old'],
    ["let kept = (() => { throw new Error('no'); })() as string;", 'Error: no'],
    ['kept', 'old'],
    ["const a = 1; const late = (() => { throw new Error('no'); })() as number;", 'Error: no'],
    ['late + a', 'ReferenceError: `late` has no value: cell [6] failed before it was set.'],
    ['await new Promise((r) => setTimeout(r, 30_000));\nconst images = [1];', /^Interrupted/, [0.5]],
    ['images.length', 'ReferenceError: `images` has no value: cell [8] was stopped before it was set.'],
    ['const late = 2;\nlate + a', '3'],
  ]));
