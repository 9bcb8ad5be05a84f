import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { typescript } from '../../src/notebook/kernel/tslab.ts';
import { session } from './session.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const children = "import { execSync, spawnSync } from 'node:child_process';\nimport { writeSync } from 'node:fs';\n";

describe('Jupyter’s protocol', () => {
  it('is kept: kernel_info, silent, store_history, user_expressions, history, is_complete, comms', async () => {
    const { results } = await session([
      { run: 'const a: number = 1; a', options: { user_expressions: { next: 'a + 1', wrong: 'nope' } } },
      { run: 'const quiet = 2; quiet', options: { silent: true } },
      { run: "throw new Error('quiet as well')", options: { silent: true } },
      { run: 'console.log(quiet)', options: { store_history: false } },
      { run: 'quiet' },
      { request: 'kernel_info_request', content: {} },
      { request: 'history_request', content: { hist_access_type: 'tail', n: 9, output: true, raw: true } },
      { request: 'history_request', content: { hist_access_type: 'search', pattern: 'const*', output: false } },
      { request: 'history_request', content: { hist_access_type: 'range', start: 2, stop: 3, session: 0 } },
      { request: 'is_complete_request', content: { code: 'if (quiet) {' } },
      { request: 'comm_info_request', content: {} },
    ]);
    const replies = results.map(({ reply }) => reply);
    expect(replies[0]).toMatchObject({
      status: 'ok',
      execution_count: 1,
      user_expressions: {
        next: { status: 'ok', data: { 'text/plain': '2' }, metadata: {} },
        wrong: { status: 'error', ename: 'TypeScriptError' },
      },
    });
    expect(results[0].display).toEqual(['1']); // of the cell alone
    expect(results[1].kinds).toEqual(['status', 'status']);
    expect(replies[1]).toMatchObject({ status: 'ok', execution_count: 1 });
    expect(replies[2]).toMatchObject({ status: 'error', ename: 'Error' });
    expect(results[3].text).toBe('2\n');
    expect(replies[3]).toMatchObject({ execution_count: 1 });
    expect(replies[4]).toMatchObject({ execution_count: 2 });
    expect(results[5]).toMatchObject({
      status: 'ok',
      implementation: 'graft',
      implementation_version: version,
      language_info: { name: 'typescript', version: typescript().version, file_extension: '.ts' },
      help_links: expect.arrayContaining([
        { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      ]) as unknown,
    });
    const history = results.slice(6, 9).map((answer) => (answer as unknown as { history: unknown }).history);
    expect(history).toEqual([
      [
        [1, 1, ['const a: number = 1; a', '1']],
        [1, 2, ['quiet', '2']],
      ],
      [[1, 1, 'const a: number = 1; a']],
      [[1, 2, 'quiet']],
    ]);
    expect(results[9]).toMatchObject({ status: 'incomplete', indent: '  ' });
    expect(results[10]).toMatchObject({ status: 'ok', comms: {} });
  });
});

describe('what is written past Node.js’ streams', () => {
  it('lands below the cell, in its order; Stop ends a child that the cell waits for, with all that it started', async () => {
    const { results } = await session([
      {
        run: `${children}console.log('a'); execSync('echo b; echo c >&2', { stdio: 'inherit' }); console.log('d'); writeSync(1, 'é\\n'); console.error('f'); writeSync(2, 'g\\n'); 7`,
      },
      { run: "console.log('begun'); execSync('sleep 600; echo late');", interrupt: ['begun'] },
      {
        run: "console.log('begun'); try { spawnSync('sh', ['-c', 'sleep 600 | cat']); } catch {}",
        interrupt: ['begun'],
      },
      { run: "execSync('echo fine').toString()" },
    ]);
    expect(results[0]).toMatchObject({ error: null, text: 'a\nb\nc\nd\né\nf\ng\n', display: ['7'] });
    for (const n of [1, 2]) expect(results[n].error).toMatchObject({ ename: 'Interrupted' });
    expect(results[3]).toMatchObject({ error: null, display: ['fine\n'] });
  });
});
