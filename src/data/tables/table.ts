import path from 'node:path';
import { listed } from '../../text/listed.ts';
import { shortPath } from '../../project.ts';
import { readBytes, readUtf8 } from '../../storage/files/read-file.ts';
import type { Item, Source } from '../items.ts';
import { lateNotes, lookAtFiles, type LookOptions } from '../pictures/look.ts';
import { filesOfTable, MISSING } from './table-files.ts';
import { firstAmong, parseTable } from './table-rows.ts';
import { splitsOf } from './table-splits.ts';

export interface TableOptions extends LookOptions {
  /** The column of paths. @default the first that is called path, file, filename, file_name, filepath, image, … */
  readonly path?: string;
  /** The column of class names. @default the first that is called label, class, category, … */
  readonly label?: string;
  /**
   * The column of groups: pictures with the same value belong together, as those of one patient, plant or camera; of a
   * webdataset a key of `.json`. @default none
   */
  readonly groups?: string;
  /** The folder that paths are relative to, and must stay in. @default the table's folder */
  readonly root?: string;
}

/** Usual names of a column of paths, in small letters. */
export const PATHS = [
  ...['path', 'file', 'filename', 'file_name', 'filepath', 'file_path', 'image', 'image_path', 'img', 'picture'],
  ...['image_name', 'image_file', 'img_name', 'img_path', 'photo', 'image_id', 'img_id', 'imageid', 'id'],
];
const LABELS = ['label', 'class', 'category', 'label_name', 'class_name', 'target', 'species'];

/**
 * Reads pictures in a table: CSV or TSV with a header, a column of paths and one of labels, and perhaps one of splits.
 * @throws Error naming the table and its row or column, and what was expected
 */
export async function readTable(file: string, options: TableOptions = {}): Promise<Source> {
  const name = shortPath(file);
  const text = await readUtf8(file);
  if (text === undefined)
    throw new Error(
      `${name}: expected a table in UTF-8; it is in another encoding (UTF-16, Latin-1 …). Save it as "CSV UTF-8".`,
    );
  const rows = parseTable(text, file);
  const [header = { cells: [] }, ...body] = rows;
  const at = columnsOf(header.cells, options, name);
  if (!body.length) throw new Error(`${name}: expected a header and a row for each picture; got ${rows.length} rows.`);
  const root = options.root ?? path.dirname(file);
  const empty = body.flatMap(({ row, cells }) => (cells[at.label].trim() && cells[at.path].trim() ? [] : [row]));
  if (empty.length)
    throw new Error(
      `${name}: expected a path and a label in each row; got none in ${listed(
        empty.map((n) => `row ${n}`),
        3,
      )}.`,
    );
  const splits = splitsOf(body, header.cells, name);
  const items = body.map(({ cells }, i): Item => ({
    name: cells[at.path],
    label: cells[at.label].trim(),
    split: splits.of[i],
    ...groupIn(at.group === undefined ? undefined : cells[at.group]),
  }));
  const { files, missing, findings } = filesOfTable(items, root, name);
  const seen = await lookAtFiles(
    file,
    files.filter((one) => one !== undefined),
    options,
  );
  let next = 0;
  const known = files.map((one) => (one ? seen[next++] : MISSING));
  const numbers = items.every(({ label }) => /^\d{1,9}$/.test(label));
  return {
    name,
    items: items.map((item, i) => ({ ...item, name: files[i]?.named ?? item.name })),
    known,
    numbers,
    findings: [...splits.findings, ...findings],
    bytes: (i) => (files[i] ? readBytes(files[i].file) : Promise.reject(new Error(`it is not there: ${missing}`))),
    ...lateNotes(file, known, (i) => files[i]?.name ?? items[i].name),
  };
}

/** Gives a picture's group as it stands in a column; nothing if the cell is empty. */
export function groupIn(value: unknown): { readonly group?: string } {
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  const named = ['string', 'number', 'bigint', 'boolean'].includes(typeof text) ? String(text).trim() : '';
  return named ? { group: named } : {};
}

function columnsOf(
  header: readonly string[],
  options: Pick<TableOptions, 'path' | 'label' | 'groups'>,
  name: string,
): { readonly path: number; readonly label: number; readonly group?: number } {
  const names = header.map((column) => column.trim());
  const lower = names.map((column) => column.toLowerCase());
  const column = (what: 'path' | 'label', known: readonly string[]): number => {
    const asked = options[what];
    const found = asked === undefined ? firstAmong(known, lower) : names.indexOf(asked);
    if (found >= 0) return found;
    const wanted =
      asked === undefined ? `a column of ${what}s (${known.slice(0, 4).join(', ')} …)` : `a column "${asked}"`;
    throw new Error(
      `${name}: ${what}: expected ${wanted}; got ${names.join(', ') || 'an empty file'}. Name it with --${what}.`,
    );
  };
  const twice = names.find((one, i) => one && names.indexOf(one) !== i);
  if (twice) throw new Error(`${name}: expected a name for each column; got "${twice}" twice.`);
  const group = options.groups === undefined ? undefined : names.indexOf(options.groups);
  if (group !== undefined && group < 0)
    throw new Error(`${name}: groups: expected a column "${options.groups}"; got ${names.join(', ')}.`);
  return { path: column('path', PATHS), label: column('label', LABELS), group };
}
