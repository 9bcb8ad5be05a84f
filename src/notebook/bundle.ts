import { inspect } from 'node:util';
import { escapeHtml } from '../host/html.ts';
import { arrayLine, oneLiner } from './brief.ts';
import { type ElementLike, elementHtml } from './element.ts';
import { isModel, isPlain, isTensor, isTypedArray, type ModelLike } from './kinds.ts';
import { layOut } from './table.ts';
import { nounBundle } from './nouns.ts';
import { tensorText } from './tensor-text.ts';

/**
 * A value as Jupyter shows it: the same thing in several types, of which a front end takes the richest that it knows.
 */
export type Bundle = Readonly<Record<string, string>>;

/** By this a value shows itself: a method that gives a bundle, or a promise of one (Deno's convention). */
export const DISPLAY = Symbol.for('Jupyter.display');

const MOST_ROWS = 20;
const MOST_LINES = 30;
const MOST_DEPTH = 3;
const MOST_CHARACTERS = 10_000;

/** What a value shows itself as; undefined where it has no such method. */
export function ownBundle(value: unknown): Bundle | Promise<Bundle> | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const display = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof display === 'function' ? (display.call(value) as Bundle | Promise<Bundle>) : nounBundle(value);
}

/**
 * What a value that does not show itself is shown as: short and readable. A tensor as its corners, a model as its
 * summary, a typed array in a line, maps, sets and rows as tables, elements of a page as themselves.
 */
export function bundleOf(value: unknown): Bundle {
  if (typeof value === 'string') return { 'text/plain': shortened(value) };
  if (isTensor(value)) return { 'text/plain': tensorText(value) };
  if (isModel(value)) return { 'text/plain': summary(value) };
  if (isTypedArray(value)) return { 'text/plain': arrayLine(value) };
  if (isElement(value)) return { 'text/html': elementHtml(value), 'text/plain': `[${value.constructor.name}]` };
  const rows = rowsOf(value);
  if (!rows) return { 'text/plain': inspected(value) };
  const { html, text } = layOut(rows, { most: MOST_ROWS });
  const title = Array.isArray(value)
    ? ''
    : `${(value as object).constructor.name}(${rows.length.toLocaleString('en-US')})`;
  return {
    'text/html': (title && `<div>${escapeHtml(title)}</div>`) + html,
    'text/plain': [title, text].filter(Boolean).join('\n'),
  };
}

const shortened = (text: string): string =>
  text.length > MOST_CHARACTERS
    ? `${text.slice(0, MOST_CHARACTERS)}… (${(text.length - MOST_CHARACTERS).toLocaleString('en-US')} more characters)`
    : text;

export const isElement = (value: unknown): value is ElementLike =>
  typeof value === 'object' && value !== null && typeof (value as { outerHTML?: unknown }).outerHTML === 'string';

/** The rows of what is best read as a table. */
function rowsOf(value: unknown): readonly object[] | undefined {
  if (value instanceof Map && value.size)
    return Array.from(value as Map<unknown, unknown>, ([key, one]) =>
      isPlain(one) ? { key, ...one } : { key, value: one },
    );
  if (value instanceof Set && value.size) {
    const items = [...(value as Set<unknown>)];
    return items.every(isPlain) ? items : items.map((item) => ({ value: item }));
  }
  return Array.isArray(value) && value.length && value.every((row) => isPlain(row) && Object.keys(row).length)
    ? (value as object[])
    : undefined;
}

function summary(model: ModelLike): string {
  const lines: string[] = [];
  model.summary(undefined, undefined, (line) => lines.push(line));
  return lines.join('\n');
}

function inspected(value: unknown): string {
  const options = { depth: MOST_DEPTH, maxArrayLength: 20, maxStringLength: 1000, breakLength: 110 };
  const lines = inspect(abridged(value, MOST_DEPTH), options).split('\n');
  if (lines.length <= MOST_LINES) return lines.join('\n');
  return [...lines.slice(0, MOST_LINES), `… (${lines.length - MOST_LINES} more lines)`].join('\n');
}

/** The same value with a line in place of each tensor, model and typed array inside. */
function abridged(value: unknown, depth: number): unknown {
  const line = oneLiner(value);
  if (line !== undefined) return { [inspect.custom]: () => line };
  if (depth < 0) return value;
  if (Array.isArray(value))
    return value.slice(0, 100).some((item) => typeof item === 'object')
      ? value.map((item) => abridged(item, depth - 1))
      : value;
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, abridged(item, depth - 1)]));
  return value;
}
