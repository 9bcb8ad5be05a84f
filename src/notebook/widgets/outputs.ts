import { notebookHost } from '../../host/host.ts';
import type { HandlerOutput } from '../../host/widgets.ts';
import { escapeHtml } from '../../text/html.ts';
import { ending } from '../show/shortened.ts';

/** An output as nbformat describes it, and the display id by which it is replaced. */
export interface Output {
  readonly output_type: 'stream' | 'display_data' | 'error';
  readonly name?: 'stdout' | 'stderr';
  text?: string;
  data?: Readonly<Record<string, string>>;
  readonly metadata?: object;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
  readonly id?: string;
}

/** How many characters of a text are kept, from its end. */
const MOST_TEXT = 20_000;
/** How many outputs are kept, the last ones. */
const MOST_OUTPUTS = 100;

/** What a handler writes into, and what has come together so far. */
export interface Collected extends HandlerOutput {
  readonly outputs: readonly Output[];
  /** Adds why the handler failed. */
  failed(error: unknown): void;
}

/**
 * Collects what a handler prints and shows, as a cell does: text that follows text is one output, and what is shown
 * under the same display id is replaced in place.
 * @param changed called after each addition
 */
export function collectOutputs(changed: () => void = () => {}): Collected {
  const outputs: Output[] = [];
  const add = (output: Output): void => {
    outputs.push(output);
    if (outputs.length > MOST_OUTPUTS) outputs.shift();
    changed();
  };
  return {
    outputs,
    write(name, text) {
      const last = outputs.at(-1);
      if (last?.name !== name) return add({ output_type: 'stream', name, text: ending(text, MOST_TEXT) });
      last.text = ending(last.text! + text, MOST_TEXT);
      changed();
    },
    display(content) {
      const { data, transient } = content as { data: Output['data']; transient?: { display_id?: string } };
      const id = transient?.display_id;
      const known = id === undefined ? undefined : outputs.find((one) => one.id === id);
      if (!known) return add({ output_type: 'display_data', data, metadata: {}, id });
      known.data = data;
      changed();
    },
    failed: (error) => add({ output_type: 'error', ...described(error) }),
  };
}

function described(error: unknown): Pick<Output, 'ename' | 'evalue' | 'traceback'> {
  const described = notebookHost()?.describe?.(error);
  if (described) return described;
  const evalue = error instanceof Error ? error.message : String(error);
  const ename = error instanceof Error ? error.name : 'Thrown';
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

const pre = (text: string): string => `<pre style="white-space:pre-wrap">${escapeHtml(text)}</pre>`;

/** Writes outputs as HTML; the labextension does the same with those that a page gets. */
export const outputsHtml = (outputs: readonly Output[]): string =>
  outputs
    .map(({ text, data, traceback }) => {
      if (text !== undefined) return pre(text);
      return traceback ? pre(plain(traceback)) : (data?.['text/html'] ?? pre(data?.['text/plain'] ?? ''));
    })
    .join('');

export const outputsText = (outputs: readonly Output[]): string =>
  outputs
    .map(({ text, data, traceback }) => text?.trimEnd() ?? (traceback ? plain(traceback) : data?.['text/plain']))
    .filter(Boolean)
    .join('\n');

/** Removes a terminal's colours. */
// eslint-disable-next-line no-control-regex
const plain = (traceback: readonly string[]): string => traceback.join('\n').replace(/\x1b\[[\d;]*m/g, '');
