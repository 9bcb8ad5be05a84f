import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortPath } from '../../project.ts';
import { type NamedProcess, stateOf, thisProcess } from './processes.ts';

/** A lock that has not been touched for this long, in ms, belongs to a dead process, whichever machine it was on. */
const STALE_MS = 600_000;
/** Time between two touches, in ms. */
const TOUCH_MS = 30_000;

export interface LockOptions {
  readonly signal?: AbortSignal;
  readonly onWait?: (what: string) => void;
  /** Waits also for other machines and containers, as long as they touch their lock. @default false */
  readonly everywhere?: boolean;
}

/**
 * Waits until no other work of this machine holds a lock file, then returns a function that releases it. The lock of a
 * process that has ended is taken over, and another machine's is not waited for: a lock saves work and protects
 * nothing.
 * @param options.onWait called now and then while another process, or another cell of this one, holds the lock; `what`
 *   says in words who holds it, and what to do if that process is stopped
 * @throws Error if the folder cannot be written
 */
export async function lock(
  file: string,
  { signal, onWait, everywhere = false }: LockOptions = {},
): Promise<() => void> {
  const own = JSON.stringify({ ...thisProcess(), turn: ++turns });
  for (; ; await sleep(200, undefined, { signal })) {
    signal?.throwIfAborted();
    try {
      writeFileSync(file, own, { flag: 'wx' });
      return held(file, own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = readText(file);
    const holder = parse(text);
    const state = stateOfLock(file, holder);
    if (state === 'elsewhere' && !everywhere) return () => {};
    if (state === 'ended') {
      if (text !== undefined && !takeAway(file, text)) return () => {};
    } else if (holder) onWait?.(wordsOf(holder, state));
  }
}

let turns = 0;

/** Touches a lock for as long as it is held. @returns a function that releases it */
function held(file: string, own: string): () => void {
  const isOwn = (): boolean => readText(file) === own;
  const timer = setInterval(() => {
    try {
      if (isOwn()) utimesSync(file, new Date(), new Date());
    } catch {
      // gone: another process took it for a dead one's
    }
  }, TOUCH_MS).unref();
  return () => {
    clearInterval(timer);
    if (isOwn()) rmSync(file, { force: true });
  };
}

/**
 * Takes a lock without waiting for it.
 * @returns a function that releases it; else a text that says who holds it, since when, and what to do if that one is
 * gone
 * @throws Error naming the file, if it cannot be written
 */
export async function lockNow(file: string): Promise<(() => void) | string> {
  const holder = parse(readText(file));
  const state = stateOfLock(file, holder);
  if (holder && state !== 'ended') return `${wordsOf(holder, state)} (${ageOf(file, state)})`;
  const busy = new AbortController();
  let who = '';
  try {
    return await lock(file, { signal: busy.signal, onWait: (what) => busy.abort((who = what)) });
  } catch (cause) {
    if (busy.signal.aborted) return who;
    throw new Error(`${shortPath(file)} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

/** Says in words who holds a lock. */
function wordsOf({ pid, host }: NamedProcess, state: ReturnType<typeof stateOf>): string {
  if (state === 'elsewhere') return `process ${pid} of "${host}" is at work here`;
  if (state === 'stopped')
    return `process ${pid}, which is at work here, is stopped: \`kill -CONT ${pid}\` lets it go on, \`kill ${pid}\` ends it`;
  return pid === process.pid ? 'this process is at work here' : `process ${pid} is at work here`;
}

function ageOf(file: string, state: ReturnType<typeof stateOf>): string {
  const minutes = Math.round(Math.max(0, Date.now() - mtimeOf(file)) / 60_000);
  const touched = `${shortPath(file)}, touched ${minutes} min ago`;
  return state === 'elsewhere'
    ? `${touched}; if that machine is gone, the lock counts as given back after ${STALE_MS / 60_000} min; or remove it`
    : touched;
}

function parse(text: string | undefined): NamedProcess | undefined {
  try {
    return JSON.parse(text ?? '') as NamedProcess;
  } catch {
    return undefined; // being written right now, or cut off by a kill
  }
}

/** Tells the state of a lock's holder. */
function stateOfLock(file: string, holder: NamedProcess | undefined): ReturnType<typeof stateOf> {
  if (!holder) return 'ended';
  const state = stateOf(holder);
  return state === 'elsewhere' && Date.now() - mtimeOf(file) > STALE_MS ? 'ended' : state;
}

const mtimeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Removes a dead process' lock by renaming it first, so that two processes that find it dead at once don't remove each
 * other's.
 * @returns false if this user may not remove it
 */
function takeAway(file: string, dead: string): boolean {
  const aside = `${file}.${randomBytes(6).toString('hex')}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    return !/^(EACCES|EPERM|EROFS)$/.test((error as NodeJS.ErrnoException).code ?? ''); // else another was faster
  }
  const taken = readText(aside);
  if (taken !== dead && taken !== undefined) renameSync(aside, file);
  else rmSync(aside, { force: true });
  return true;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
