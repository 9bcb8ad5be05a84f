import { createArea } from './area.ts';
import { type Output, outputsHtml } from './outputs.ts';
import type { Shown } from './shown.ts';

/** Results that stay beside each other. */
export interface Kept extends Shown {
  /** @param caption HTML */
  add(caption: string, outputs: readonly Output[]): void;
}

/** A slider that is dragged shows some ten results a second; what is kept is where it rests. */
const REST_MS = 300;

/** Keeps the last results side by side, each under its values; there is nothing to see before the second. */
export function createKept(most: number): Kept {
  const area = createArea();
  const cards: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const run = area.begin();
    const html = `<div style="display:flex;flex-wrap:wrap;gap:8px;align-items:flex-start">${cards.join('')}</div>`;
    run.display({ data: { 'text/html': html, 'text/plain': `${cards.length} results` } }, false);
    run.end();
  };
  return {
    ...area,
    add(caption, outputs) {
      clearTimeout(timer);
      if (!most) return;
      timer = setTimeout(() => {
        cards.unshift(
          `<div style="flex:0 1 280px;min-width:0"><div style="font:600 12px system-ui,sans-serif">${caption}</div>` +
            `${outputsHtml(outputs)}</div>`,
        );
        cards.length = Math.min(cards.length, most);
        if (cards.length > 1) draw();
      }, REST_MS);
      timer.unref();
    },
  };
}
