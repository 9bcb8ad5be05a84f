import { ownOf } from '../../host/own.ts';
import { formatOfName } from '../../pixels/formats/formats.ts';
import type { TarEntry } from '../../storage/files/tar-index.ts';

/** A picture in a webdataset: files whose names are the same up to the first dot belong together. */
export interface TarSample {
  readonly picture: TarEntry;
  /** `key.cls`: a number or a name. */
  readonly cls?: TarEntry;
  /** `key.json`: an object with `label`, `class`, `cls` … */
  readonly json?: TarEntry;
}

/**
 * Puts the files of an archive together, in the order of their pictures; equal names in different folders stay apart.
 */
export function samplesOf(entries: readonly TarEntry[]): {
  readonly samples: TarSample[];
  /** Pictures beside another one with the same key. */
  readonly more: string[];
} {
  const byKey = new Map<string, { picture?: TarEntry; cls?: TarEntry; json?: TarEntry }>();
  const more: string[] = [];
  for (const entry of entries) {
    const [, key, ending] = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/.exec(entry.name) ?? [];
    if (key === undefined) continue;
    const part = partOf(ending.toLowerCase(), entry.name);
    if (!part) continue;
    if (!byKey.has(key)) byKey.set(key, {});
    const sample = byKey.get(key)!;
    if (part === 'picture' && sample.picture) more.push(entry.name);
    else sample[part] ??= entry;
  }
  const samples = [...byKey.values()].flatMap(({ picture, ...rest }) => (picture ? [{ picture, ...rest }] : []));
  return { samples, more };
}

const partOf = (ending: string, name: string): 'picture' | 'cls' | 'json' | undefined =>
  ending === 'cls' || ending === 'json' ? ending : formatOfName(name) ? 'picture' : undefined;

/** Labels take no more bytes than this. */
export const LABEL_BYTES = 1 << 20;
/** Keys in a `.json`: names before numbers. */
const LABELS = ['class_name', 'label_name', 'classname', 'label', 'class', 'cls', 'category', 'target'];

/**
 * Reads a sample's label from `.cls` or `.json`; if `.cls` is a number and `.json` has a name, it is the name.
 * @param classNames names of numbers, if a file beside the archives gives them
 * @returns undefined if there is none
 * @throws Error if a number has no name
 */
export function labelOf(
  cls: Uint8Array | undefined,
  json: Uint8Array | undefined,
  classNames: readonly string[] | undefined,
): string | undefined {
  const number = textOf(cls);
  const found = valuesOf(json);
  const name = found.find((value) => !isNumber(value));
  const label = number !== undefined && !isNumber(number) ? number : (name ?? number ?? found[0]);
  if (label === undefined || !isNumber(label) || !classNames) return label;
  if (Number(label) >= classNames.length)
    throw new Error(`expected numbers up to ${classNames.length - 1}, which have names; got ${label}`);
  return classNames[Number(label)];
}

/** Reads what a `.json` has under a key; undefined if it has nothing there. */
export function sampleField(json: Uint8Array | undefined, key: string): unknown {
  const value = json && parsed(json);
  return typeof value === 'object' && value !== null ? ownOf(value as Record<string, unknown>, key) : undefined;
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(json)) as unknown;
  } catch {
    return undefined;
  }
}

const isNumber = (text: string): boolean => /^\d{1,9}$/.test(text);

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (!bytes) return undefined;
  const text = new TextDecoder().decode(bytes).trim();
  // eslint-disable-next-line no-control-regex -- a pickle or the like is no label
  return text && text.length <= 200 && !/[\u0000-\u001f\ufffd]/.test(text) ? text : undefined;
}

/** Reads what a `.json` says about the class, in the order of {@link LABELS}. */
function valuesOf(bytes: Uint8Array | undefined): string[] {
  if (!bytes) return [];
  const value = parsed(bytes);
  if (value === undefined) return [];
  const all =
    typeof value === 'object' && value !== null
      ? LABELS.map((key) => ownOf(value as Record<string, unknown>, key))
      : [value];
  return all.flatMap((one) => {
    if (typeof one === 'number') return Number.isInteger(one) && one >= 0 && one < 1e9 ? [String(one)] : [];
    const text = typeof one === 'string' ? textOf(Buffer.from(one)) : undefined;
    return text === undefined ? [] : [text];
  });
}
