import { describe, expect, it } from 'vitest';
import { createCellQueue, type Status } from '../../src/notebook/kernel/wire/cell-queue.ts';

describe('the queue of cells', () => {
  let time = 1000;
  const queue = (): {
    add(ok: boolean, options?: { sent?: number; stopOnError?: boolean }): Promise<Status>;
    abort(): void;
    ran: number[];
  } => {
    const own = createCellQueue(() => time);
    const ran: number[] = [];
    let n = 0;
    return {
      ran,
      abort: own.abort,
      add: (ok, { sent = time, stopOnError = true } = {}) => {
        const number = ++n;
        const run = (): Promise<boolean> => {
          ran.push(number);
          return Promise.resolve(ok);
        };
        return own.add({ sent, stopOnError, run });
      },
    };
  };

  it('runs one after the other, and aborts what was queued behind a failure', async () => {
    const { add, ran } = queue();
    expect(await Promise.all([add(true), add(false), add(true), add(true)])).toEqual([
      'ok',
      'error',
      'aborted',
      'aborted',
    ]);
    expect(ran).toEqual([1, 2]);
  });

  it('goes on behind a failure that shall not stop it', async () => {
    const { add } = queue();
    expect(await Promise.all([add(false, { stopOnError: false }), add(true)])).toEqual(['error', 'ok']);
  });

  it('aborts what was sent before the failure and comes late, not what was sent after it', async () => {
    const { add } = queue();
    const sent = time;
    time += 50;
    expect(await add(false)).toBe('error');
    expect(await add(true)).toBe('ok'); // a client that is as quick as the clock
    time += 20;
    expect(await add(true, { sent })).toBe('aborted'); // was unread while the cell never yielded
    expect(await add(true)).toBe('ok');
    expect(await add(true)).toBe('ok');
  });

  it('trusts no clock that cannot be this machine’s', async () => {
    const { add } = queue();
    const [ahead, behind] = [3_600_000, -3_600_000];
    await add(false);
    time += 20;
    expect(await add(true, { sent: time + ahead })).toBe('aborted');
    time += 1000;
    expect(await add(true, { sent: time + ahead })).toBe('ok');
    expect(await add(true, { sent: time + behind })).toBe('ok');
  });

  it('aborts when Stop comes between two cells', async () => {
    const { add, abort } = queue();
    const first = add(true);
    const second = add(true);
    abort();
    expect([await first, await second]).toEqual(['aborted', 'aborted']);
    expect(await add(true)).toBe('ok');
  });
});
