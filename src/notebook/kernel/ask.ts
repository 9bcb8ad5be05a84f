import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Ask, currentCell } from './cell-context.ts';
import type { Answer, SecondThread } from './second-thread.ts';
import { hearInterrupt } from './steps.ts';
import type { Message } from './tslab.ts';

const { message } = createRequire(import.meta.url)('./thread/signed.cjs') as {
  message(identities: readonly Buffer[], contents: readonly object[], key: string): unknown[];
};

/** Ctrl-D, as Jupyter's consoles send it. */
const END = '\x04';

/**
 * @param request of the cell that asks
 * @param flush sends what the cell has written, which belongs above the box
 */
export function createAsk(
  { identity, header, content }: Message,
  { askNow, askLater }: Pick<SecondThread, 'askNow' | 'askLater'>,
  key: string,
  flush: () => void,
): Ask {
  const question = (prompt: string): Parameters<typeof askNow>[0] => {
    if (!content.allow_stdin)
      throw noInput('whoever runs it cannot ask (allow_stdin is false: nbconvert, papermill, npm run export)');
    flush();
    const id = randomUUID();
    const date = new Date().toISOString();
    const head = { ...header, msg_type: 'input_request', msg_id: id, version: '5.3', date };
    return { id, frames: message(identity, [head, header, {}, { prompt, password: false }], key) };
  };
  return {
    now: (prompt) => valueOf(askNow(question(prompt))),
    later: async (prompt) => valueOf(await askLater(question(prompt))),
  };
}

function valueOf({ value, stopped, lost }: Answer): string | undefined {
  if (lost) throw noInput('the front end does not listen for questions');
  if (!stopped) return value === END ? undefined : value;
  hearInterrupt();
  throw (currentCell()?.stop.signal.reason as Error | undefined) ?? noInput('the kernel is to end');
}

const noInput = (why: string): Error =>
  Object.assign(new Error(`expected a line of input; ${why}. Give the value in the cell instead.`), {
    name: 'NoInput',
  });
