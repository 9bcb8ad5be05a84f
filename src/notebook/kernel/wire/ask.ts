import { randomUUID } from 'node:crypto';
import { type Ask, currentCell } from '../run/cell-context.ts';
import type { Answer, SecondThread } from '../run/second-thread.ts';
import { following } from './signed.ts';
import { hearInterrupt } from '../run/steps.ts';
import type { Message } from '../tslab.ts';

/** The character for Ctrl-D, as Jupyter's consoles send it. */
const END = '\x04';

/**
 * @param request the request of the cell that asks
 * @param flush sends the cell's output so far, which belongs above the box
 */
export function createAsk(
  { identity, header, content }: Message,
  { askNow, askLater }: Pick<SecondThread, 'askNow' | 'askLater'>,
  key: string,
  flush: () => void,
): Ask {
  const question = (prompt: string): Parameters<typeof askNow>[0] => {
    if (!content.allow_stdin)
      throw noInput('whoever runs it cannot ask (allow_stdin is false: nbconvert, papermill, pages that are run)');
    flush();
    const id = randomUUID();
    return { id, frames: following(identity, header, 'input_request', { prompt, password: false }, key, id) };
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
  throw (currentCell()?.stop.signal.reason as Error | undefined) ?? noInput('the kernel is ending');
}

const noInput = (why: string): Error =>
  Object.assign(new Error(`expected a line of input; ${why}. Give the value in the cell instead.`), {
    name: 'NoInput',
  });
