import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { itWithPeers } from '../peers.ts';
import { environment } from './session.ts';

/** Does not apply, and why: test/kernel/jupyter_suite.py. */
const LEFT_OUT = ['test_clear_output', 'test_pager'];

itWithPeers('Jupyter’s own kernel test suite passes, all of it that applies', (python) => {
  const { stderr, status } = spawnSync(python, ['-m', 'unittest', '-v', 'jupyter_suite'], {
    cwd: 'test/kernel',
    env: environment(),
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/\nOK \(skipped=\d+\)\n/);
  expect(status).toBe(0);
  const results = Array.from(stderr.matchAll(/^(test_\w+) .*\.\.\. (ok|skipped)/gm), ([, name, how]) => [name, how]);
  expect(results).toHaveLength(12);
  expect(results.filter(([, how]) => how !== 'ok').map(([name]) => name)).toEqual(LEFT_OUT);
});
