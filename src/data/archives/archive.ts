import path from 'node:path';
import { shortPath } from '../../project.ts';
import { byCodePoints, type FileState, stateInside } from '../../storage/files/walk.ts';
import { type Finding, finding } from '../pictures/findings.ts';
import type { Item, Source, SplitName } from '../items.ts';
import { lateNotes, type LookOptions } from '../pictures/look.ts';
import {
  isSame,
  isLongUnchanged,
  type KnownFile,
  readIndex,
  withFormerProblem,
  writeIndex,
} from '../pictures/picture-index.ts';

/** A file that holds many pictures. */
export interface ArchiveFile {
  /** Its name for people: its path in the source's folder. */
  readonly name: string;
  readonly file: string;
  readonly state: FileState;
}

/** Pictures of an archive that are read together. */
export interface ArchivePart<Position> {
  readonly state: FileState;
  readonly split: SplitName | undefined;
  /** Gives them in their order; what must be open for that stays open until the last of them. */
  pictures(): AsyncIterable<ArchivedPicture<Position>>;
}

export interface ArchivedPicture<Position> {
  readonly name: string;
  /** Undefined for a picture without a label. */
  readonly label: string | undefined;
  /** What it belongs together with, if that was asked for. */
  readonly group?: string;
  /** Where to read its bytes again. */
  readonly position: Position;
  /** Looks at its bytes; not called for a picture that is known. */
  see(): Promise<KnownFile>;
}

/**
 * Lists the archives of a source in the order of their names.
 * @param names names in the folder `source`; undefined if the source is itself an archive
 * @throws Error naming the file that is not there, or leads elsewhere
 */
export function archiveFiles(source: string, names: readonly string[] | undefined, what: string): ArchiveFile[] {
  const root = rootOf(source, names);
  return [...(names ?? [path.basename(source)])].sort(byCodePoints).map((name) => {
    const file = path.join(root, name);
    const state = stateInside(file, root);
    if (typeof state !== 'object') throw new Error(`${shortPath(file)}: expected ${what}; it is ${state}.`);
    return { name, file, state };
  });
}

/** Gives the folder that the archives lie in. */
export const rootOf = (source: string, names: readonly string[] | undefined): string =>
  names ? source : path.dirname(source);

export interface ArchiveOptions<Position> extends LookOptions {
  readonly parts: readonly ArchivePart<Position>[];
  /** How many pictures all parts have. */
  readonly total: number;
  /** How to name pictures without a label: `rows without a label`. */
  readonly unlabelled: string;
  readonly findings?: readonly Finding[];
  /** Reads a picture again. */
  bytes(position: Position): Promise<Uint8Array>;
  /** What to throw if no picture has a label. @default nothing: the code that opens the source sees that it is empty */
  readonly noLabels?: (names: readonly string[]) => Error;
  /** Gives the names of the classes in their order. @param numbers whether all labels are numbers */
  classNames(present: ReadonlySet<string>, numbers: boolean): readonly string[] | undefined;
}

/** Looks at all pictures of archives once: what is noted of them counts as long as their archive stays as it is. */
export async function archiveSource<Position>(
  source: string,
  { parts, total, unlabelled, findings = [], bytes, noLabels, classNames, onFile, signal }: ArchiveOptions<Position>,
): Promise<Source> {
  const index = readIndex(source);
  const [items, known, positions]: [Item[], KnownFile[], Position[]] = [[], [], []];
  const without: string[] = [];
  let [done, found, changed] = [0, 0, false];
  for (const { state, split, pictures } of parts) {
    const settled = isLongUnchanged(state);
    for await (const { name, label, group, position, see } of pictures()) {
      signal?.throwIfAborted();
      const before = index.get(name);
      const seen = before && isSame(before, state) ? before : undefined;
      const facts = seen ?? withFormerProblem(await see(), before);
      if (seen) found++;
      else if (settled) changed = Boolean(index.set(name, facts));
      onFile?.(++done, found, total);
      if (label === undefined) without.push(name);
      else {
        items.push({ name, label, split, ...(group !== undefined && { group }) });
        known.push(facts);
        positions.push(position);
      }
    }
  }
  if (changed) writeIndex(source, index);
  if (!items.length && noLabels) throw noLabels(without);
  const numbers = items.every(({ label }) => /^\d{1,9}$/.test(label));
  const names = classNames(new Set(items.map(({ label }) => label)), numbers);
  return {
    name: shortPath(source),
    items,
    known,
    findings: [...findings, ...(without.length ? [finding(unlabelled, 'warning', without, 'Left out.')] : [])],
    ...(names && { classNames: names }),
    numbers,
    inOrder: true,
    bytes: (i) => bytes(positions[i]),
    ...lateNotes(source, known, (i) => items[i].name),
  };
}
