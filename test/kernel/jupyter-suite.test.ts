import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { itWithPeers } from '../peers.ts';
import { environment } from './session.ts';

/** Does not apply, and why: test/kernel/jupyter_suite.py. */
const LEFT_OUT = ['test_clear_output', 'test_pager'];

itWithPeers('Jupyter’s own kernel test suite passes, all of it that applies', async (python) => {
  const { stderr } = await promisify(execFile)(python, ['-m', 'unittest', '-v', 'jupyter_suite'], {
    cwd: 'test/kernel',
    env: environment(),
  });
  expect(stderr).toMatch(/\nOK \(skipped=\d+\)\n/);
  const results = Array.from(stderr.matchAll(/^(test_\w+) .*\.\.\. (ok|skipped)/gm), ([, name, how]) => [name, how]);
  expect(results).toHaveLength(12);
  expect(results.filter(([, how]) => how !== 'ok').map(([name]) => name)).toEqual(LEFT_OUT);
});

itWithPeers('papermill runs a notebook with parameters of any kind', (python) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'papermill-'));
  try {
    const code = (source: string, tags: string[] = []): object => ({
      cell_type: 'code',
      source,
      metadata: { tags },
      outputs: [],
      execution_count: null,
    });
    const metadata = {
      kernelspec: { name: 'graft', display_name: 'TypeScript (Graft)', language: 'typescript' },
      language_info: { name: 'typescript' },
    };
    const names =
      "let epochs: number = 20; // passes over the data\nlet text = 'a';\nlet list: number[] = [];\nlet some: object | null = {};";
    const cells = [code(names, ['parameters']), code('[epochs, text, list, some]')];
    const [given, out] = ['in.ipynb', 'out.ipynb'].map((name) => path.join(folder, name));
    writeFileSync(given, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata, cells }));
    const yaml = '{"epochs": 3, "text": "it\\"s é", "list": [1, 2.5], "some": {"a-b": null, "c": true}}';
    const program =
      'import sys, json, papermill; papermill.execute_notebook(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), progress_bar=False)';
    execFileSync(python, ['-c', program, given, out, yaml], { env: environment(), cwd: folder });
    const run = JSON.parse(readFileSync(out, 'utf8')) as {
      cells: { source: string | string[]; outputs: { data?: Record<string, string | string[]> }[] }[];
    };
    expect([run.cells[1].source].flat().join('')).toContain('some = { "a-b": null, "c": true };');
    expect([run.cells[2].outputs[0].data!['text/plain']].flat().join('').replace(/\s+/g, ' ')).toBe(
      "[ 3, 'it\"s é', [ 1, 2.5 ], { 'a-b': null, c: true } ]",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
