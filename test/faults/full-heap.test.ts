import { describe, expect, it } from 'vitest';
import { session } from '../kernel/session.ts';

describe('a full heap', () => {
  it('stops the cell with a word on memory, and the kernel goes on with its variables', async () => {
    const fill = "for (;;) kept.push({ n: kept.length, text: 'x' + kept.length });";
    const { results } = await session([
      { run: 'const kept: object[] = [];\nconst other = 7;' },
      { run: fill },
      { run: 'kept.length = 0;\nother' },
      { run: `await 1;\n${fill}` },
      { run: 'kept.length = 0;\nother' },
      ...[
        'kept.push(Array.from({ length: 1000 }, () => 1.5) as never);',
        "kept.push((kept.length + 'x'.repeat(1000) + Math.random().toString().repeat(50)) as never);",
        'kept.push(new Map([[kept.length, { text: String(kept.length) }]]));',
      ].flatMap((one) => [{ run: `for (;;) ${one}` }, { run: 'kept.length = 0;\nother' }]),
      // garbage alone is no reason
      {
        run: 'let last: object[] = [];\nfor (let i = 0; i < 200; i++) last = Array.from({ length: 100_000 }, (_, n) => ({ n }));\nlast.length',
      },
    ]);
    for (const i of [1, 3, 5, 7, 9])
      expect(results[i].error).toMatchObject({
        ename: 'OutOfMemory',
        evalue: expect.stringMatching(/heap had grown past 1\.6 GiB/) as string,
      });
    for (const i of [2, 4, 6, 8, 10]) expect(results[i]).toMatchObject({ error: null, display: ['7'] });
    expect(results[11].display).toEqual(['100000']);
  });
});
