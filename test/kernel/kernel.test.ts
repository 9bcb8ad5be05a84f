import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node } from '../process.ts';

interface Output {
  readonly output_type: string;
  readonly text?: string | string[];
  readonly data?: Record<string, string | string[]>;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: string[];
}

let folder: string;
let count = 0;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'notebook-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs cells in a real kernel under nbclient, as `npm start` does. */
async function run(cells: readonly (string | { source: string; tags: string[] })[], ...args: string[]) {
  const name = `test-${process.pid}-${++count}`;
  const file = path.join(folder, `${name}.ipynb`);
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'graft', display_name: 'TypeScript (Graft)', language: 'typescript' } },
    cells: cells.map((cell, i) => ({
      id: `c${i}`,
      cell_type: 'code',
      source: typeof cell === 'string' ? cell : cell.source,
      metadata: { tags: typeof cell === 'string' ? [] : cell.tags },
      outputs: [],
      execution_count: null,
    })),
  };
  writeFileSync(file, JSON.stringify(notebook));
  const { status, stdout, stderr } = await node(['src/notebook/jupyter/run.mjs', file, ...args]);
  const results = ['ipynb', 'html'].map((ending) => path.join('results', `${name}.${ending}`));
  const executed = existsSync(results[0])
    ? (JSON.parse(readFileSync(results[0], 'utf8')) as { cells: { outputs: Output[]; execution_count: number }[] })
    : { cells: [] };
  const page = existsSync(results[1]) ? readFileSync(results[1], 'utf8') : '';
  for (const result of results) rmSync(result, { force: true });
  return {
    status,
    stdout,
    stderr,
    page,
    outputs: executed.cells.map((cell) => cell.outputs),
    counts: executed.cells.map((cell) => cell.execution_count),
  };
}

const text = (outputs: readonly Output[]): string =>
  outputs.map((output) => [output.text ?? output.data?.['text/plain'] ?? ''].flat().join('')).join('');

describe('a notebook in the kernel', () => {
  it('imports from src/, awaits, declares again, and shows values, elements and tables', async () => {
    const { status, outputs, counts, page } = await run([
      "import { shapes10 } from './src';\nconst images = shapes10({ train: 20 }).train;\n[images.n, ...images.imageSize]",
      'const seed = 4;\nlet n = 1;',
      '// shorthand properties of names from earlier cells\nconst both = { seed, n };\nconsole.log(JSON.stringify({ both, n }));\nn = 2;',
      'const seed = await Promise.resolve(5);\nfor await (const i of [1, 2]) console.log(seed + i, n);',
      "import { show } from './src/notebook/show/display';\nshow([{ name: '<b>', n: 1 }]);\n({ outerHTML: '<i>it</i>' })",
    ]);
    expect(status).toBe(0);
    expect(counts).toEqual([1, 2, 3, 4, 5]);
    expect(text(outputs[0])).toContain('[ 20, 32, 32 ]');
    expect(text(outputs[2])).toContain('{"both":{"seed":4,"n":1},"n":1}');
    expect(text(outputs[3])).toBe('6 2\n7 2\n');
    expect([outputs[4][0].data!['text/html']].flat().join('')).toContain('<td style="text-align:left">&lt;b&gt;</td>');
    expect([outputs[4][1].data!['text/html']].flat().join('')).toBe('<i>it</i>');
    // a page that needs nothing from the network
    expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/);
  });

  it('stops at an error, with the cell’s own lines, src/ lines and causes', async () => {
    const { status, stderr, outputs } = await run([
      '1 + 1',
      "import { shapes10, take } from './src';\n\nconst few = shapes10({ train: 3 }).train;\ntake(few, 4);",
      "console.log('not reached');",
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cell 2, line 4, failed: RangeError: take: expected a whole number from 1 to 3/);
    const error = outputs[1].find((output) => output.output_type === 'error')!;
    expect(error.ename).toBe('RangeError');
    const traceback = error.traceback!.join('\n');
    expect(traceback).toMatch(/at take \(src\/data\/dataset\.ts:\d+:\d+\)/);
    expect(traceback).toMatch(/at cell \[2\]:4:\d+\n.*3 \|/);
    expect(traceback).toContain('take(few, 4);');
    expect(outputs[2]).toEqual([]);
  });

  it('checks types as strictly as the project, with line and column', async () => {
    const { status, outputs } = await run([
      'const a = 1;',
      'const b = { a, c: 2 }; const s: string = b.a;\nlet x: string = null;\nMath.abs((async () => 1)());',
    ]);
    expect(status).toBe(1);
    const { ename, traceback } = outputs[1][0];
    expect(ename).toBe('TypeScriptError');
    expect(traceback!.join('\n')).toContain("cell:1:30 Type 'number' is not assignable to type 'string'");
    expect(traceback!.join('\n')).toContain("cell:2:5 Type 'null' is not assignable to type 'string'");
    expect(traceback!.join('\n')).toMatch(
      /cell:3:10 .*'Promise<number>' is not assignable.*\n *Did you forget to use 'await'\?/,
    );
  });

  it('takes parameters from outside, and names them when one is unknown', async () => {
    const cells = [{ source: "let rate = 0.5;\nlet name = 'a';", tags: ['parameters'] }, 'console.log(rate, name);'];
    const { outputs } = await run(cells, '--set', 'rate=0.3', '--set', 'name=b c');
    expect(text(outputs[2])).toBe('0.3 b c\n');
    const { status, stderr } = await run(cells, '--set', 'epochs=3');
    expect(status).toBe(1);
    expect(stderr).toContain('expected NAME=VALUE with NAME one of name, rate; got "epochs=3"');
  });

  it('survives a flood of output, and shows its beginning and end', async () => {
    const { status, outputs } = await run([
      "for (let i = 0; i < 5000; i++) console.log('x'.repeat(1000));\nconsole.log('end');",
      "console.log('begin' + 'y'.repeat(5e6) + 'end');",
      "import { show } from './src';\nshow('y'.repeat(5e6) + 'end');\nconsole.log('alive');",
    ]);
    expect(status).toBe(0);
    expect(text(outputs[0]).length).toBeLessThan(4_200_000);
    const word = /\n\[98\d,\d{3} characters of this cell's output are left out here: it wrote more than 4 million\]\n/;
    // whole outputs would fill the log of a failure
    const [flood, one, shown] = outputs.map(text);
    expect([flood, one].map((all) => word.test(all) && all.endsWith('end\n'))).toEqual([true, true]);
    expect(one.slice(0, 10)).toBe('beginyyyyy');
    expect(/… \(4,000,003 characters left out\) …/.exec(shown)?.index).toBe(800_000);
    expect(shown).toHaveLength(1_000_000 + '… (4,000,003 characters left out) …alive\n'.length);
  });
});
