import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until this process alone holds a lock file, then returns a function that gives it back. The lock of a process
 * that has ended is taken over. It saves work, it does not guard data: a store stays right with two writers.
 * @param options.onWait called once when another process holds the lock
 */
export async function lock(
  file: string,
  { signal, onWait }: { readonly signal?: AbortSignal; readonly onWait?: (pid: number) => void } = {},
): Promise<() => void> {
  const own = JSON.stringify({ pid: process.pid, host: os.hostname(), started: startTime(process.pid) });
  for (let waited = false; ; await sleep(200, undefined, { signal })) {
    try {
      writeFileSync(file, own, { flag: 'wx' });
      return () => {
        if (readText(file) === own) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = readText(file);
    if (text === own) throw new Error(`${file} is held by this very process.`);
    const holder = parse(text);
    if (text !== undefined && !isAlive(holder)) takeAway(file, text);
    else if (!waited && holder) {
      waited = true;
      onWait?.(holder.pid);
    }
  }
}

/** Whether a running process holds a lock file. */
export const isHeld = (file: string): boolean => isAlive(parse(readText(file)));

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the system's ticks: process ids are used again. */
  readonly started: string | undefined;
}

function parse(text: string | undefined): Holder | undefined {
  try {
    return JSON.parse(text ?? '') as Holder;
  } catch {
    return undefined; // being written right now, or cut off by a kill
  }
}

function isAlive(holder: Holder | undefined): boolean {
  if (!holder) return false;
  if (holder.host !== os.hostname()) return true; // nobody can tell from here
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return holder.started === startTime(holder.pid);
}

/** Removes a dead process' lock by renaming it first: two that find it dead at once don't remove each other's. */
function takeAway(file: string, dead: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else was faster
  }
  const taken = readText(aside);
  if (taken !== dead && taken !== undefined) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined where there is no /proc. */
function startTime(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
