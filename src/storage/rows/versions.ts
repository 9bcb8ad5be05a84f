import path from 'node:path';
import { hashOf } from '../files/hash.ts';
import { putIfAbsent } from '../files/put.ts';
import { readSealed, sealed } from '../files/sealed-json.ts';

/**
 * The versions that made rows. Another version may make them a little differently. It is noted beside the rows and is
 * not part of a row's key, so that an upgrade computes nothing again.
 */
export interface Versions {
  /** The runtime that computed them: `ONNX Runtime 1.30.0 on the CPU`. */
  readonly computed: string;
  /** The libraries that decoded their pictures, with their versions; none if pixels are kept as they are. */
  readonly decoded: Readonly<Record<string, string>>;
}

/** Rows that one version made; for rows kept by earlier versions of Graft it was not noted which. */
export interface VersionedRows extends Partial<Versions> {
  readonly rows: number;
}

/**
 * Makes versions into a file of a set, and the id in the names of the pieces that they made: `DIGEST.ID.npy`. Earlier
 * versions of Graft read such pieces like any others.
 */
export function versionsFile({ computed, decoded }: Versions): {
  readonly id: string;
  readonly name: string;
  readonly text: string;
} {
  const content = { computed, decoded: Object.fromEntries(Object.entries(decoded).sort()) };
  const id = hashOf(content).slice(0, 12);
  return { id, name: versionsName(id), text: sealed(content) };
}

/** Names a set's file that says which versions an id stands for. */
export const versionsName = (id: string): string => `${VERSIONS}${id}.json`;
/** The beginning of the names of such files. */
export const VERSIONS = 'versions-';

/** Notes versions in a set's folder. @returns their id */
export function noteVersions(folder: string, versions: Versions): string {
  const { id, name, text } = versionsFile(versions);
  putIfAbsent(folder, name, () => [Buffer.from(text)]);
  return id;
}

/** Gives the id of the versions that made a piece, by its name; undefined if that is not noted. */
export const versionsIn = (piece: string): string | undefined => /\.([0-9a-f]{12})\.npy$/.exec(piece)?.[1];

/** Counts a set's pieces' rows by the versions that made them, most rows first. */
export function countVersions(
  folder: string,
  pieces: Iterable<{ readonly file: string; readonly rows: number }>,
): VersionedRows[] {
  const counts = new Map<string | undefined, number>();
  for (const { file, rows } of pieces) {
    const id = versionsIn(file);
    if (rows) counts.set(id, (counts.get(id) ?? 0) + rows);
  }
  return joinVersions([...counts].map(([id, rows]) => ({ rows, ...(id !== undefined && readVersions(folder, id)) })));
}

/** Gives the versions that an id stands for; undefined if its file is gone or damaged. */
function readVersions(folder: string, id: string): Versions | undefined {
  try {
    if (!known.has(id)) known.set(id, readSealed<Versions>(path.join(folder, versionsName(id))));
  } catch {
    // then they count as not noted
  }
  return known.get(id);
}

/** The versions read so far, by their id, which is made from their content. */
const known = new Map<string, Versions>();

/** Adds up the rows made by the same versions, most rows first. */
export function joinVersions(all: Iterable<VersionedRows>): VersionedRows[] {
  const sums = new Map<string, VersionedRows>();
  for (const { rows, ...versions } of all) {
    const key = JSON.stringify(versions);
    sums.set(key, { rows: rows + (sums.get(key)?.rows ?? 0), ...versions });
  }
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...sums].sort(([a, x], [b, y]) => y.rows - x.rows || byText(a, b)).map(([, one]) => one);
}

/** Whether rows come from different versions of the same software, or may, if some versions were not noted. */
export function areMixed(all: readonly VersionedRows[]): boolean {
  const decoders = new Map<string, string>();
  const sameDecoders = all.every(({ decoded = {} }) =>
    Object.entries(decoded).every(([name, version]) => {
      const known = decoders.get(name) ?? version;
      decoders.set(name, known);
      return known === version;
    }),
  );
  return !sameDecoders || new Set(all.map(({ computed }) => computed)).size > 1;
}

/** Says which versions made rows, and how many each, if there are several. */
export function versionsText(all: readonly VersionedRows[]): string {
  const one = ({ computed, decoded = {} }: VersionedRows): string => {
    if (computed === undefined) return 'version not noted';
    const decoders = Object.entries(decoded).map(([name, version]) => `${name} ${version}`);
    return decoders.length ? `${computed}, pictures decoded by ${decoders.join(' and ')}` : computed;
  };
  if (all.length === 1) return one(all[0]);
  return all.map((own) => `${own.rows.toLocaleString('en-US')} rows: ${one(own)}`).join('; ');
}

/** Describes a set of mixed versions; empty for any other set. */
export const mixedVersions = (all: readonly VersionedRows[]): string =>
  areMixed(all) ? `of mixed versions (${versionsText(all)})` : '';
