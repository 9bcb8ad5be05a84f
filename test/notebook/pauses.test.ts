import { describe, expect, it } from 'vitest';
import { pauseAtAwaits, STOPPED, RESULTS } from '../../src/notebook/kernel/compile/pauses.ts';

const text = (code: string): string => pauseAtAwaits(code).text;

describe('a cell in steps', () => {
  it('yields where it awaits, with line and column', () => {
    expect(text('const a = await f(1);\n  b = 2 + await g(await h);')).toBe(
      'const a = (yield [1, 11, f(1)]);\n  b = 2 + (yield [2, 11, g((yield [2, 19, h]))]);',
    );
  });

  it('leaves the awaits of functions, which ask first whether the cell was stopped', () => {
    expect(text('const f = async () => await g(); class A { async m() { await x; } }')).toBe(
      `const f = async () => await (${STOPPED}() ?? (g())); class A { async m() { await (${STOPPED}() ?? (x)); } }`,
    );
    expect(text('async function f() { for await (const x of xs) use(x); }')).toContain(
      `for await (const x of xs) { await ${STOPPED}(); use(x); }`,
    );
  });

  it('takes the results of `for await` one by one', () => {
    const loop = text('for await (const { x } of xs()) { if (x) continue; use(x); }');
    expect(loop).toContain(`for (const __promise__ of ${RESULTS}(xs())) {`);
    expect(loop).toContain(
      'const __result__ = (yield [1, 1, __promise__]); if (__result__.done) break; const { x } = __result__.value;',
    );
    expect(text('for await (x of xs) use(x);')).toContain('(x = __result__.value);');
  });

  it('finds the way back to the code as it was', () => {
    const code = 'const a = await f(1); g(a);\nconst b = await h;';
    const paused = pauseAtAwaits(code);
    for (const word of ['f(1)', 'g(a)', 'h']) {
      const line = paused.text.split('\n').findIndex((one) => one.includes(word)) + 1;
      const column = paused.text.split('\n')[line - 1].indexOf(word) + 1;
      expect(paused.original({ line, column })).toEqual({ line, column: code.split('\n')[line - 1].indexOf(word) + 1 });
    }
  });
});
