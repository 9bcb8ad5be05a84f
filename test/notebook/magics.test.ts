import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/notebook/kernel/compile/edits.ts';
import { cellMagic, magicEdits } from '../../src/notebook/kernel/compile/magics.ts';

const written = (cell: string, ...names: string[]): string =>
  applyEdits(
    cell,
    magicEdits(cell, (name) => names.includes(name)),
  ).text.replace(/\(\(globalThis as any\)\.(\w+) as [^;]*?\)\(/g, '$1(');

describe('a magic', () => {
  it('begins a line; what can only be TypeScript stays it', () => {
    expect(written('const a = 1\n!ls -l "x"\na')).toBe('const a = 1\nawait __graftShell__("ls -l \\"x\\"");\na');
    for (const cell of [
      '!ready', // a name of the notebook
      'const done = true;\n!done',
      '!true',
      '!(1 > 2)',
      'const text = `\n!ls\n%time 1`',
      '/*\n!ls\n*/',
      'const a = 7 +\n!1',
      'const a = 7\n% 4',
      'if (ready)\n!ready',
    ])
      expect(written(cell, 'ready'), cell).toBe(cell);
  });

  it('times an expression, a declaration, which keeps its type, or statements', () => {
    expect(written('%time f(1)')).toBe('__graftTime__(() => (f(1)))');
    expect(written('%time const x = await f();')).toBe('const x = await __graftTime__(async () => (await f()));');
    expect(written('%time for (const x of xs) g(x);')).toBe('__graftTime__(() => { for (const x of xs) g(x); })');
    expect(written('%timeit await f()')).toBe('await __graftTimeMany__(async () => (await f()))');
  });

  it('is refused with those that there are', () => {
    expect(() => written('%matplotlib inline')).toThrow(
      'magic: expected !command, %time, %timeit, %load_ext, %autoreload at the beginning of a line, the first three with something to run; got "%matplotlib inline".',
    );
    expect(() => written('%time')).toThrow('with something to run');
    expect(() => cellMagic('%%html\n<b>')).toThrow(
      `magic: expected %%time, or %%writefile with a file's name; got "%%html".`,
    );
  });
});
