import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

const { Waiting, childrenOf } = createRequire(import.meta.url)('../../src/notebook/kernel/run/thread/children.cjs') as {
  childrenOf(pid: number): number[];
  Waiting: new (pid: number) => { begin(before: readonly number[] | null): void; end(): void };
};

describe('a Stop while a cell waits for a child', () => {
  it('ends the child of that wait, also one that is only about to start, and none of the next wait', async () => {
    const waiting = new Waiting(process.pid);
    const start = (): ReturnType<typeof spawn> => spawn('sleep', ['600'], { stdio: 'ignore' });
    waiting.end(); // it waits for none
    const other = start();
    waiting.begin(childrenOf(process.pid));
    waiting.end();
    await setTimeout(50);
    const late = start();
    expect(await once(late, 'exit')).toEqual([null, 'SIGTERM']);
    waiting.begin(null); // both are heard before the thread runs again
    waiting.begin(childrenOf(process.pid));
    const next = start();
    await setTimeout(300);
    expect([other, next].map(({ exitCode, signalCode }) => [exitCode, signalCode])).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const child of [other, next]) child.kill();
  });
});
