import type ts from 'typescript';
import { toCodePoints, toUtf16 } from '../wire/code-points.ts';
import type { CellView, Compiler } from '../compile/compiler.ts';
import { doorsOf, isDoor } from '../modules/doors.ts';
import { type Folders } from '../modules/folders.ts';
import { CELL_MAGICS, LINE_MAGICS, withoutMagics } from '../compile/magics.ts';
import { insertedText, moduleOf, offered, PREFERENCES, serviceHost } from '../modules/module-names.ts';
import { typescript } from '../tslab.ts';

/** A match as JupyterLab shows it: with its kind, or with the module that it has to be imported from. */
export interface Offer {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly type: string;
  readonly module?: string;
}

/** The contents of Jupyter's `complete_reply`. */
export interface Completions {
  readonly status: 'ok';
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: { readonly _jupyter_types_experimental: readonly Offer[] };
}

const MOST = 500;

/**
 * Completes names, members, import paths, names inside an import, and names that no cell has imported: for those the
 * module takes the place of the kind.
 * @param cursor its position in code points, as Jupyter counts
 */
export function completeCell(compiler: Compiler, folders: Folders, source: string, cursor: number): Completions {
  const at = toUtf16(source, cursor);
  const magic = /(?:^|\n)(%+\w*)$/.exec(source.slice(0, at))?.[1];
  if (magic) return completeWhole([...LINE_MAGICS, ...CELL_MAGICS], magic, cursor, 'magic');
  const specifier = /\b(?:from|import)\s*\(?\s*['"](gr[\w/-]*)$/.exec(source.slice(0, at))?.[1];
  const doors = specifier ? [...doorsOf(folders.root).values()] : [];
  // TypeScript does not offer a package its own name
  if (doors.some((door) => door.startsWith(specifier!)))
    return completeWhole(doors, specifier!, cursor, 'external module name');
  const view = compiler.view(withoutMagics(source), at);
  const word = wordAt(source, at);
  const info = completionsAt(view, folders, word[0] < at);
  const entries = offered(info?.entries ?? [], folders);
  const { replaced, entries: alike } = ofOneRange(entries, info?.isMemberCompletion ?? false);
  const [from, to] = replaced ? [replaced.start - view.start, replaced.start - view.start + replaced.length] : word;
  const typed = source.slice(from, at);
  const matches = ranked(alike, replaced ? lastWord(typed) : typed);
  const text = (entry: ts.CompletionEntry): string => insertedText(entry, folders);
  return {
    status: 'ok',
    // more than the name is replaced: by a whole statement, by brackets, or by `?.` for the dot
    matches: matches.map((entry) => (replaced ? text(entry) : entry.name)),
    cursor_start: toCodePoints(source, from),
    cursor_end: toCodePoints(source, to),
    metadata: {
      _jupyter_types_experimental: matches.map((entry) => {
        const module = entry.hasAction ? moduleOf(entry, folders) : undefined;
        return {
          start: toCodePoints(source, from),
          end: toCodePoints(source, to),
          text: text(entry),
          type: module ?? entry.kind,
          module,
        };
      }),
    },
  };
}

/** Offers those of some names that begin as typed. */
function completeWhole(names: readonly string[], typed: string, cursor: number, type: string): Completions {
  const matches = names.filter((name) => name.startsWith(typed));
  const start = cursor - typed.length;
  const types = matches.map((text) => ({ start, end: cursor, text, type }));
  return {
    status: 'ok',
    matches,
    cursor_start: start,
    cursor_end: cursor,
    metadata: { _jupyter_types_experimental: types },
  };
}

function completionsAt(
  { program, file, position, exports }: CellView,
  folders: Folders,
  begun: boolean,
): ts.CompletionInfo | undefined {
  const { Completions } = typescript() as unknown as {
    Completions: { getCompletionsAtPosition(...args: unknown[]): ts.CompletionInfo | undefined };
  };
  const host = { ...serviceHost(program, folders), getCachedExportInfoMap: () => exports };
  const never = { isCancellationRequested: () => false, throwIfCancellationRequested() {} };
  return Completions.getCompletionsAtPosition(
    host,
    program,
    () => {},
    file,
    position,
    { ...PREFERENCES, includeCompletionsForModuleExports: begun }, // all that could be imported helps nobody
    undefined,
    1,
    never,
    undefined, // no rules of formatting: making them took a fifth of the first completion
  );
}

/**
 * Keeps the offers that replace the same range, since Jupyter allows only one range for all. A member that needs
 * brackets replaces its dot as well (`[Symbol.iterator]`, `['a-b']`); those are offered only if there are no others.
 */
function ofOneRange(
  entries: readonly ts.CompletionEntry[],
  members: boolean,
): { replaced?: ts.TextSpan; entries: readonly ts.CompletionEntry[] } {
  const plain = entries.filter(({ replacementSpan }) => !replacementSpan);
  const replaced = entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
  if (!replaced || (members && plain.length)) return { entries: plain };
  return { replaced, entries: entries.filter(({ replacementSpan: span }) => span?.start === replaced.start) };
}

/** Gives the start and end of the word that the cursor is in or behind. */
function wordAt(source: string, at: number): [start: number, end: number] {
  const before = /[\w$]*$/.exec(source.slice(0, at))![0].length;
  const after = /^[\w$]*/.exec(source.slice(at))![0].length;
  return [at - before, at + after];
}

const lastWord = (text: string): string => /[\w$]*$/.exec(text)![0];

/** Gives the key for TypeScript's order, with Graft's, the project's and the notebook's own modules first among imports. */
const order = ({ sortText, name, source }: ts.CompletionEntry): string =>
  `${sortText} ${source && !source.startsWith('.') && !isDoor(source) ? 1 : 0} ${name}`;

/**
 * Ranks the offers: first those that begin with what was typed, then those that do so in other capitals, then those
 * that contain it; each group in TypeScript's order.
 */
function ranked(entries: readonly ts.CompletionEntry[], typed: string): readonly ts.CompletionEntry[] {
  const lower = typed.toLowerCase();
  const rank = ({ name }: ts.CompletionEntry): number =>
    name.startsWith(typed) ? 0 : name.toLowerCase().startsWith(lower) ? 1 : name.toLowerCase().includes(lower) ? 2 : 3;
  return entries
    .map((entry, i) => ({ entry, i, rank: rank(entry) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank || order(a.entry).localeCompare(order(b.entry)) || a.i - b.i)
    .slice(0, MOST)
    .map(({ entry }) => entry);
}
