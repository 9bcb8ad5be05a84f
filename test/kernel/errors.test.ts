import { describe, expect, it } from 'vitest';
import { session } from './session.ts';

describe('an error in a cell', () => {
  it('is logged and shown with the cell’s lines, and without the kernel’s frames', async () => {
    const fails = 'function fails(): void {\n  interface A { a: 1 }\n  throw new Error("line 3");\n}';
    const logged = 'Error: line 3\n    at fails (cell [1]:3:9)\n    at cell [1]:5:7\n';
    const { results } = await session([
      {
        run: `${fails}\ntry { fails(); } catch (e) { console.error(e); console.log(e); console.log((e as Error).stack); }`,
      },
      { run: "new Error('as a value')" },
      { run: "console.trace('where')" },
      {
        run: "console.log(new Error('a', { cause: new TypeError('b') }), new AggregateError([new Error('x')], 'many'));",
      },
      {
        run: "import { shapes10, take } from './src';\nconst late = async () => { await null; take(shapes10({ train: 3 }).train, 4); };\ntry { await late(); } catch (e) { console.log((e as Error).stack); }",
      },
      {
        run: "import { readFile } from 'node:fs/promises';\ntry { await readFile('nope'); } catch (e) { console.log(e); }",
      },
      { run: 'const nope: any = 1;\ntry { nope(); } catch (e) { console.log((e as Error).stack); }' },
      {
        run: [
          'const before = Error.prepareStackTrace;',
          'Error.prepareStackTrace = (_, sites) => sites;', // as packages do that want their caller's file
          'const sites = new Error().stack as unknown as NodeJS.CallSite[];',
          'Error.prepareStackTrace = before;',
          'console.log(sites[0].getFileName());',
          "Error.prepareStackTrace = (error, sites) => error.message + '\\n    at ' + sites.join('\\n    at ');", // for good
          "\nthrow new RangeError('own shape');",
        ].join('\n'),
      },
    ]);
    expect(results[0].text).toBe(logged.repeat(3).replaceAll('5:7', /cell \[1\]:(5:\d+)/.exec(results[0].text)![1]));
    expect(results[1].display).toEqual(['Error: as a value\n    at cell [2]:1:1']);
    expect(results[2].text).toBe('Trace: where\n    at cell [3]:1:9\n');
    expect(results[3].text).toMatch(
      /^Error: a\n {4}at cell \[4\].*TypeError: b\n {6}at cell \[4\].*Error: x\n {8}at cell \[4\]/s,
    );
    expect(results[4].text).toMatch(
      /at take \(src\/data\/dataset\.ts:\d+:\d+\)\n.*at late \(cell \[5\]:2:\d+\)\n.*at async cell \[5\]:3:/,
    );
    expect(results[5].text).toMatch(/^Error: ENOENT.*\n {4}at async cell \[6\]:2:7/);
    expect(results[6].text).toMatch(/^TypeError: nope is not a function\n {4}at cell \[7\]:2:\d+\n$/);
    expect(results[7].text).toBe('cell-8.ts\n');
    expect(results[7].error!.traceback.join('\n')).toMatch(
      /RangeError.*: own shape\n {4}at cell \[8\]:8:7\n.*throw new/s,
    );
    for (const { text, display, error } of results)
      expect([text, ...display, ...(error?.traceback ?? [])].join('\n')).not.toMatch(/notebook\/kernel|__graft|node:/);
  });
});
