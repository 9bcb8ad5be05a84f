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
      // garbage alone is no reason
      {
        run: 'let last: object[] = [];\nfor (let i = 0; i < 200; i++) last = Array.from({ length: 100_000 }, (_, n) => ({ n }));\nlast.length',
      },
    ]);
    for (const i of [1, 3])
      expect(results[i].error).toMatchObject({
        ename: 'OutOfMemory',
        evalue: expect.stringMatching(/heap had grown to 1\.6 GiB/) as string,
      });
    for (const i of [2, 4]) expect(results[i]).toMatchObject({ error: null, display: ['7'] });
    expect(results[5].display).toEqual(['100000']);
  });
});
