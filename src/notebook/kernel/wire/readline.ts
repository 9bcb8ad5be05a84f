import { syncBuiltinESMExports } from 'node:module';
import readline from 'node:readline';
import promises from 'node:readline/promises';
import { Readable } from 'node:stream';
import { holdCell } from '../run/cell-context.ts';

type Lines = readline.Interface & { [Symbol.asyncIterator](): AsyncIterableIterator<string> };
/** Asks for a line; undefined is the end of input. */
type AskLine = (prompt: string) => Promise<string | undefined>;

/**
 * Makes Node.js' readline, both kinds, ask for each line only when somebody waits for it. Otherwise it would read on
 * without end, and nobody would know what is asked.
 * @param isOurs tells whether a stream is the standard input
 */
export function askByReadline(isOurs: (input: unknown) => boolean, ask: AskLine): void {
  for (const module of [readline, promises]) {
    const create = module.createInterface as (options: object) => Lines;
    const createInterface = (first: unknown, ...rest: unknown[]): Lines => {
      const options = (isStream(first) ? { input: first, output: rest[0] } : first) as readline.ReadLineOptions;
      if (!isOurs(options.input)) return (create as (...args: unknown[]) => Lines)(first, ...rest);
      const input = new Readable({ read() {} });
      return asking(create({ ...options, input, terminal: false }), input, ask, module === promises);
    };
    Object.assign(module, { createInterface });
  }
  syncBuiltinESMExports();
}

const isPaused = (lines: object): boolean => Boolean((lines as { paused?: boolean }).paused);

const isStream = (value: unknown): boolean => typeof (value as Readable | undefined)?.on === 'function';

/** @param input the stream that the interface reads its lines from */
function asking(lines: Lines, input: Readable, ask: AskLine, byPromise: boolean): Lines {
  let closed = false;
  let listening = false;
  let shown = '';
  lines.once('close', () => (closed = true));
  const next = async (prompt: string): Promise<string> => {
    const line = closed ? undefined : await ask(prompt);
    if (line !== undefined) return line;
    lines.close();
    throw Object.assign(new Error('the input has ended.'), { name: 'EndOfInput' });
  };
  const question = (query: string, ...rest: unknown[]): Promise<string> | undefined => {
    const answer = withSignal(next(query), (rest[0] as { signal?: AbortSignal } | undefined)?.signal);
    if (byPromise) return answer;
    holdCell(answer.then(rest.at(-1) as (line: string) => void));
    return undefined;
  };
  /** Asks as long as somebody listens. */
  const listen = async (): Promise<void> => {
    if (listening) return;
    listening = true;
    while (!closed && !isPaused(lines) && lines.listenerCount('line')) {
      const prompt = shown;
      shown = '';
      const line = await ask(prompt);
      if (line === undefined) lines.close();
      else input.push(`${line}\n`);
      await new Promise((emitted) => setTimeout(emitted)); // until then the listener has said what comes next
    }
    listening = false;
  };
  lines.on('newListener', (event) => {
    if (event === 'line') holdCell(new Promise(setImmediate).then(listen));
  });
  lines.on('resume', () => holdCell(new Promise(setImmediate).then(listen)));
  return Object.assign(lines, {
    question,
    prompt: () => void (shown = lines.getPrompt()),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const line = closed ? undefined : await ask(shown);
        if (line === undefined) break;
        yield line;
      }
      lines.close();
    },
  });
}

async function withSignal(answer: Promise<string>, signal?: AbortSignal): Promise<string> {
  if (!signal) return answer;
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  });
  aborted.catch(() => {});
  return Promise.race([answer, aborted]);
}
