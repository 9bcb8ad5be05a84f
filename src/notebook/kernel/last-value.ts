import type { CellContext } from './cell-context.ts';
import { type ElementLike, elementHtml } from '../display.ts';

/** Shows elements, and objects that know how to show themselves (Deno's convention, `Symbol.for('Jupyter.display')`). */
export function showLastValue(value: unknown, { display }: CellContext): void {
  if (value === undefined || value === null) return;
  if (!showRich(value, display)) console.log(value);
}

function showRich(value: unknown, display: CellContext['display']): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const own = (value as Record<symbol, unknown>)[Symbol.for('Jupyter.display')];
  const html = (value as { outerHTML?: unknown }).outerHTML;
  const data =
    typeof own === 'function'
      ? (own.call(value) as object)
      : typeof html === 'string'
        ? { 'text/html': elementHtml(value as ElementLike), 'text/plain': `[${value.constructor.name}]` }
        : undefined;
  if (!data) return false;
  display({ data, metadata: {}, transient: {} }, false);
  return true;
}
