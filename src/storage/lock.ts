import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortPath } from '../project.ts';
import { hostName } from './put.ts';

/**
 * Waits until no other work of this machine holds a lock file, then returns a function that gives it back. The lock of
 * a process that has ended is taken over, that of another machine is not waited for: a lock saves work and guards
 * nothing.
 * @param options.onWait called now and then while another process, or another cell of this one, holds the lock
 * @throws Error where the folder cannot be written
 */
export async function lock(
  file: string,
  { signal, onWait }: { readonly signal?: AbortSignal; readonly onWait?: (pid: number) => void } = {},
): Promise<() => void> {
  const own = JSON.stringify({ pid: process.pid, host: hostName(), started: startTime(process.pid), turn: ++turns });
  for (; ; await sleep(200, undefined, { signal })) {
    signal?.throwIfAborted();
    try {
      writeFileSync(file, own, { flag: 'wx' });
      return () => {
        if (readText(file) === own) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = readText(file);
    const holder = parse(text);
    if (holder && holder.host !== hostName()) return () => {};
    if (text !== undefined && !isAlive(holder)) takeAway(file, text);
    else if (holder) onWait?.(holder.pid);
  }
}

let turns = 0;

/**
 * Takes a lock without waiting for it.
 * @returns what gives it back; undefined where somebody else has it
 * @throws Error naming the file, where it cannot be written
 */
export async function lockNow(file: string): Promise<(() => void) | undefined> {
  if (isHeld(file)) return undefined;
  const busy = new AbortController();
  try {
    return await lock(file, { signal: busy.signal, onWait: () => busy.abort() });
  } catch (cause) {
    if (busy.signal.aborted) return undefined;
    throw new Error(`${shortPath(file)} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

/** Whether a running process of this machine, or anybody on another one, holds a lock file. */
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
  if (holder.host !== hostName()) return true; // nobody can tell from here
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return holder.started === startTime(holder.pid);
}

/** Removes a dead process' lock by renaming it first: two that find it dead at once don't remove each other's. */
function takeAway(file: string, dead: string): void {
  const aside = `${file}.${hostName()}.${process.pid}.stale`;
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
