import { beginning, ending } from '../../show/shortened.ts';

/** How many characters of text output a cell may write, and how many of the rest are shown from its end. */
export const OUTPUT_LIMIT = 4_000_000;
const OUTPUT_END = 20_000;
const BATCH_MS = 50;
const BATCH_CHARACTERS = 100_000;

type StreamName = 'stdout' | 'stderr';

/**
 * Collects a cell's text output: the first write goes out at once, and what follows within 50 ms goes out together.
 * Beyond four million characters, only the end is shown, when the cell ends. A message for every write, or all output
 * of a loop that never stops writing, would flood the browser.
 */
export function streamBatches(publish: (content: { name: StreamName; text: string }) => void): {
  write(name: StreamName, text: string): void;
  flush(): void;
  /** Tells that the cell has ended. */
  end(): void;
} {
  let waiting: { name: StreamName; text: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let room = OUTPUT_LIMIT;
  let beyond = { name: 'stdout' as StreamName, text: '', total: 0 };
  const flush = (): void => {
    if (waiting) publish(waiting);
    waiting = undefined;
  };
  const collect = (name: StreamName, text: string): void => {
    if (waiting && waiting.name !== name) flush();
    waiting = { name, text: (waiting?.text ?? '') + text };
    if (!timer || waiting.text.length > BATCH_CHARACTERS) flush();
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, BATCH_MS);
  };
  return {
    flush,
    write(name, text) {
      const now = beginning(text, room);
      room = now.length < text.length ? 0 : room - now.length;
      if (now) collect(name, now);
      if (now.length === text.length) return;
      const end = ending(beyond.text + text.slice(now.length), OUTPUT_END);
      beyond = { name, text: end, total: beyond.total + text.length - now.length };
    },
    end() {
      const { name, text, total } = beyond;
      const left = total - text.length;
      const notice = `\n[${left.toLocaleString('en-US')} characters of this cell's output are left out here: it wrote more than ${OUTPUT_LIMIT / 1e6} million]\n`;
      if (total) collect(name, (left ? notice : '') + text);
      beyond = { name, text: '', total: 0 };
      flush();
    },
  };
}
