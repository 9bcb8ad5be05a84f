/** Characters of text output that one cell may write. */
export const OUTPUT_LIMIT = 4_000_000;
const BATCH_MS = 50;
const BATCH_CHARACTERS = 100_000;

type StreamName = 'stdout' | 'stderr';

/**
 * Collects a cell's text output: the first write goes out at once, what follows within 50 ms goes together, and after
 * four million characters a word takes the place of the rest. A message for every write would flood the browser.
 */
export function streamBatches(publish: (content: { name: StreamName; text: string }) => void): {
  write(name: StreamName, text: string): void;
  flush(): void;
} {
  let waiting: { name: StreamName; text: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let total = 0;
  const flush = (): void => {
    if (waiting) publish(waiting);
    waiting = undefined;
  };
  return {
    flush,
    write(name, text) {
      if (total > OUTPUT_LIMIT) return;
      total += text.length;
      if (total > OUTPUT_LIMIT)
        text = `\n[the output of this cell ends here, after ${OUTPUT_LIMIT / 1e6} million characters]\n`;
      if (waiting && waiting.name !== name) flush();
      waiting = { name, text: (waiting?.text ?? '') + text };
      if (!timer || waiting.text.length > BATCH_CHARACTERS) flush();
      timer ??= setTimeout(() => {
        timer = undefined;
        flush();
      }, BATCH_MS);
    },
  };
}
