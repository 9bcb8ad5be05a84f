import { inspect, types } from 'node:util';
import { escapeHtml } from '../../text/html.ts';
import { arrayLine, oneLiner } from './brief.ts';
import { type ElementLike, elementHtml } from './element.ts';
import { isModel, isPlainValue, isTensor, isTypedArray, type ModelLike } from './kinds.ts';
import { nounBundle } from './nouns.ts';
import { abridged } from './abridged.ts';
import { foreignRows, type Titled } from './foreign.ts';
import { isNoun } from './noun-text.ts';
import { shortened } from './shortened.ts';
import { layOut } from './table.ts';
import { tensorText } from './tensor-text.ts';

/** A value as Jupyter shows it: the same thing in several types, of which a front end takes the richest it knows. */
export type Bundle = Readonly<Record<string, string>>;

/** The symbol of a method by which a value shows itself; it gives a bundle, or a promise of one (Deno's convention). */
export const DISPLAY = Symbol.for('Jupyter.display');

const MOST_ROWS = 20;
const MOST_LINES = 30;
const MOST_DEPTH = 3;
const MOST_PARTS = 8;
/** How many items are looked at to tell whether an array holds rows. */
const MOST_LOOKED_AT = 1000;

/** Gives the bundle that a value shows itself as; undefined if it has no such method. */
export function ownBundle(value: unknown): Bundle | Promise<Bundle> | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || types.isProxy(value))
    return undefined;
  const display = (value as Record<symbol, unknown>)[DISPLAY];
  if (typeof display === 'function') return display.call(value) as Bundle | Promise<Bundle>;
  return nounBundle(value) ?? partsBundle(value);
}

/**
 * Shows several of Graft's things, by name: `{ train, validation, test }` of pictures or features, a backbone and its
 * head; and plots by name.
 */
function partsBundle(value: object): Promise<Bundle> | undefined {
  if (Array.isArray(value) ? value.length > MOST_PARTS : !isPlainValue(value)) return undefined;
  const names = Object.keys(value);
  if (names.length > MOST_PARTS) return undefined;
  // getters are not run
  const all = names.map((name) => [name, Object.getOwnPropertyDescriptor(value, name)!.value as unknown] as const);
  const parts = all.filter(([, one]) => one !== undefined);
  if (parts.some(([, one]) => types.isProxy(one))) return undefined;
  const isPlot = (one: unknown): boolean => !Array.isArray(value) && isElement(one); // several plots need no names
  if (!parts.some(([, one]) => isNoun(one) || isPlot(one))) return undefined;
  return parts.every(([, one]) => isNoun(one) || isModel(one) || isPlot(one)) ? together(parts) : undefined;
}

async function together(parts: readonly (readonly [name: string, one: unknown])[]): Promise<Bundle> {
  const shown = await Promise.all(
    parts.map(async ([name, one]) => {
      const { 'text/html': html, 'text/plain': text } = (await nounBundle(one)) ?? bundleOf(one);
      const head = `<div style="font-weight:600;margin:8px 0 2px">${escapeHtml(name)}</div>`;
      return { html: head + (html ?? `<pre>${escapeHtml(text)}</pre>`), text: `${name}: ${oneLiner(one) ?? text}` };
    }),
  );
  return {
    'text/html': shown.map(({ html }) => html).join(''),
    'text/plain': shown.map(({ text }) => text).join('\n'),
  };
}

/**
 * Shows a value that does not show itself, in a short and readable form: a tensor as its corners, a model as its
 * summary, a typed array in a line, maps, sets and rows as tables, elements of a page as themselves. A value that
 * throws when it is looked at (a getter, a proxy) is shown without being looked into.
 */
export function bundleOf(value: unknown): Bundle {
  if (typeof value === 'string') return { 'text/plain': shortened(value) };
  try {
    return (types.isProxy(value) ? undefined : richBundle(value)) ?? { 'text/plain': inspected(value) };
  } catch {
    return { 'text/plain': inspected(value) };
  }
}

function richBundle(value: unknown): Bundle | undefined {
  if (isTensor(value)) return { 'text/plain': tensorText(value) };
  if (isModel(value)) return { 'text/plain': summary(value) };
  if (isTypedArray(value)) return { 'text/plain': arrayLine(value) };
  const elements = Array.isArray(value) ? (value as unknown[]) : [value];
  if (0 in elements && elements.every(isElement))
    return {
      'text/html': elements.map((one) => elementHtml(one)).join('\n'),
      'text/plain': elements.map((one) => `[${one.constructor.name}]`).join('\n'),
    };
  const table = rowsOf(value);
  if (!table) {
    const line = oneLiner(value);
    return line === undefined ? undefined : { 'text/plain': line };
  }
  const { title, rows, total } = table;
  const { html, text } = layOut(rows, { most: MOST_ROWS, total });
  return {
    'text/html': (title && `<div>${escapeHtml(title)}</div>`) + html,
    'text/plain': [title, text].filter(Boolean).join('\n'),
  };
}

export const isElement = (value: unknown): value is ElementLike =>
  typeof value === 'object' && value !== null && typeof (value as { outerHTML?: unknown }).outerHTML === 'string';

/** Gives the rows of a value that is best read as a table. */
function rowsOf(value: unknown): Titled | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const first = value.slice(0, MOST_LOOKED_AT) as unknown[];
    const isRow = (row: unknown): boolean => isPlainValue(row) && !isNoun(row) && Object.keys(row).length > 0;
    if (!(0 in first) || !first.every(isRow)) return undefined; // `every` skips holes
    return { title: '', rows: (value as object[]).slice(0, MOST_ROWS), total: value.length };
  }
  if ((value instanceof Map || value instanceof Set) && value.size) {
    const [title, total] = [`${value.constructor.name}(${value.size.toLocaleString('en-US')})`, value.size];
    const first = [...firstOf(value as Map<unknown, unknown> | Set<unknown>, MOST_ROWS)];
    if (value instanceof Set) {
      const rows = first.every(isBare) ? (first as object[]) : first.map((item) => ({ value: item }));
      return { title, rows, total };
    }
    const rows = (first as [unknown, unknown][]).map(([key, one]) =>
      isBare(one) ? { key, ...(one as object) } : { key, value: one },
    );
    return { title, rows, total };
  }
  return foreignRows(value, MOST_ROWS);
}

/** Whether something's keys can be columns. */
const isBare = (value: unknown): boolean => isPlainValue(value) && !isNoun(value);

function* firstOf<T>(items: Iterable<T>, most: number): Generator<T> {
  let n = 0;
  for (const item of items) {
    if (n++ >= most) return;
    yield item;
  }
}

function summary(model: ModelLike): string {
  const lines: string[] = [];
  model.summary(undefined, undefined, (line) => lines.push(line));
  return lines.join('\n');
}

function inspected(value: unknown): string {
  const options = { depth: MOST_DEPTH, maxArrayLength: 20, maxStringLength: 1000, breakLength: 110 };
  const lines = inspect(abridged(value, MOST_DEPTH), options).split('\n');
  const most = types.isNativeError(value) ? Infinity : MOST_LINES; // an error is shown in full
  if (lines.length <= most) return shortened(lines.join('\n'));
  return shortened([...lines.slice(0, MOST_LINES), `… (${lines.length - MOST_LINES} more lines)`].join('\n'));
}
