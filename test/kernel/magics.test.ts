import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { session } from './session.ts';

describe('magics in a notebook', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'magics-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('run commands, write modules, time, and say that autoreload is not needed', async () => {
    const { results } = await session(
      [
        { run: '%%writefile own.ts\nexport const three: number = 3;\n' },
        { run: "import { three } from './own';\n!cat own.ts\n!echo wrong >&2; exit 3\nconsole.log(three);" },
        { run: '%%writefile -a own.ts\nexport const four = 4;' },
        { run: '%load_ext autoreload\n%autoreload 2' },
        {
          run: "import { four } from './own';\n%time const sum = await Promise.resolve(three + four);\nconst text: number = sum;\ntext",
        },
        { run: '%timeit Math.sqrt(2)' },
        { run: '%%time\nconst late = await new Promise<number>((resolve) => setTimeout(resolve, 20, 5));\nlate' },
        { run: '%time const wrong: string = three;' },
        { run: '!sleep 60', interrupt: [0.6] },
        { run: '%nothing' },
      ],
      { folder },
    );
    expect(results[0].text).toBe('Writing own.ts\n');
    expect(results[1].text).toBe('export const three: number = 3;\nwrong\n[the command ended with exit code 3]\n3\n');
    expect(results[2].text).toBe('Appending to own.ts\n');
    expect(readFileSync(path.join(folder, 'own.ts'), 'utf8')).toBe(
      'export const three: number = 3;\nexport const four = 4;',
    );
    expect(results[3].text).toMatch(/^(Not needed: the next cell runs with a module as it is edited.*\n){2}$/);
    expect(results[4]).toMatchObject({
      error: null,
      text: expect.stringMatching(/^time: [\d.]+ (ms|µs)\n$/) as string,
      display: ['7'],
    });
    expect(results[5].text).toMatch(
      /^[\d.]+ ns ± .* a loop \(mean and standard deviation of 7 runs of [\d,]+ loops\)\n$/,
    );
    expect(results[6]).toMatchObject({
      error: null,
      text: expect.stringMatching(/^time: [\d.]+ ms\n$/) as string,
      display: ['5'],
    });
    expect(results[7].error!.evalue).toBe("cell:1:13 Type 'number' is not assignable to type 'string'."); // where it stands in the cell
    expect(results[8].error?.ename).toBe('Interrupted');
    expect(results[9].error).toMatchObject({
      ename: 'MagicError',
      evalue: expect.stringContaining('got "%nothing"') as string,
    });
  });
});
