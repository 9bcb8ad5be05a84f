import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Opening, Steps } from './levels.mjs';

/** A picture that is open in a process of its own. */
export interface Apart {
  /** Width of the upright picture. */
  readonly width: number;
  readonly height: number;
  readonly alpha: boolean;
  /** @returns [H, W, 3] uint8 RGB */
  levels(steps?: Steps): Promise<Buffer>;
}

/** Processor seconds that a picture may take, each time that it is asked for something. */
const SECONDS = 30;
/** A process may be silent this many times as long, on a machine that has others to serve. */
const PATIENCE = 10;
/** A process that nobody has needed for this long is ended, in ms. */
const IDLE_MS = 5000;

interface Answer {
  readonly facts?: { readonly width: number; readonly height: number; readonly alpha: boolean };
  readonly levels?: Buffer;
  readonly error?: string;
}

/** Processes that wait for a picture, and pictures that wait for a process. */
const idle: { readonly child: ChildProcess; readonly timer: NodeJS.Timeout }[] = [];
const queue: (() => void)[] = [];
let busy = 0;

/**
 * Opens a picture in a process of its own, so that nothing else waits for it, and so that it can be ended. There are as
 * many processes as the machine runs at once, each with one picture at a time.
 * @param use what to do with it; afterwards the process takes the next one
 * @param options.seconds processor time that it may take @default 30
 * @throws Error saying what is wrong with the picture, {@link TookTooLong} if it takes more than that
 */
export async function openApart<T>(
  picture: { readonly bytes: Uint8Array; readonly format: string; readonly opening: Opening },
  use: (apart: Apart) => Promise<T>,
  { seconds = SECONDS }: { readonly seconds?: number } = {},
): Promise<T> {
  if (busy >= availableParallelism()) await new Promise<void>((resolve) => queue.push(resolve));
  else busy++;
  const child = take();
  try {
    const { facts } = await ask(child, { open: picture }, seconds);
    return await use({ ...facts!, levels: async (steps = {}) => (await ask(child, { steps }, seconds)).levels! });
  } finally {
    giveBack(child);
    const next = queue.shift();
    if (next) next();
    else busy--;
  }
}

/** Says that a picture's decoding was ended. */
export class TookTooLong extends Error {
  constructor(seconds: number) {
    super(`decoding it takes more than ${seconds} s`);
  }
}

function take(): ChildProcess {
  const waiting = idle.pop();
  if (waiting) {
    clearTimeout(waiting.timer);
    return waiting.child;
  }
  const child = fork(fileURLToPath(new URL('./process.mjs', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  return child;
}

/** Makes a process idle. Nothing that it holds is worth keeping: this process ends without waiting for it. */
function giveBack(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  if (child.exitCode !== null || child.signalCode !== null || child.killed || !child.connected) return;
  const timer = setTimeout(() => {
    idle.splice(
      idle.findIndex((one) => one.child === child),
      1,
    );
    child.kill('SIGKILL');
  }, IDLE_MS).unref();
  idle.push({ child, timer });
}

function ask(child: ChildProcess, message: object, seconds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (what: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      what();
    };
    const timer = setTimeout(
      () => {
        child.kill('SIGKILL');
        settle(() => reject(new TookTooLong(seconds)));
      },
      seconds * PATIENCE * 1000,
    );
    const onMessage = (answer: Answer): void =>
      settle(() => (answer.error === undefined ? resolve(answer) : reject(new Error(answer.error))));
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
      settle(() =>
        reject(
          code === TOO_LONG
            ? new TookTooLong(seconds)
            : new Error(`the process that decodes it was ended (${signal ?? `exit code ${code}`})`),
        ),
      );
    child.ref();
    child.channel?.ref();
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send({ ...message, seconds }, (error) => error && settle(() => reject(error)));
  });
}

/** The exit code of process.mjs if a picture took too long. */
const TOO_LONG = 124;
