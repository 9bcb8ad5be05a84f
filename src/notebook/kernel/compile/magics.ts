import type ts from 'typescript';
import { declaredNames } from './declared-names.ts';
import { applyEdits, type Edit, type Edited } from './edits.ts';
import { RUN_SHELL, TIME, TIME_MANY } from '../run/magic-functions.ts';
import { typescript } from '../tslab.ts';

/** The magics that a line may begin with. */
export const LINE_MAGICS = ['%time', '%timeit', '%load_ext', '%autoreload'] as const;
/** The magics that a cell may begin with. */
export const CELL_MAGICS = ['%%time', '%%writefile'] as const;

/** What a cell's first line asks for the whole cell. */
export type CellMagic =
  | { readonly kind: 'time'; readonly rest: Edit }
  | { readonly kind: 'writefile'; readonly file: string; readonly append: boolean; readonly text: string };

/** Says that a magic is unknown, or lacks something. */
export class MagicError extends Error {
  override readonly name = 'MagicError';
}

/** Reads `%%time` and `%%writefile [-a] FILE`. */
export function cellMagic(cell: string): CellMagic | undefined {
  const [line, name, rest] = /^%%(\S*)[ \t]*([^\n]*)\n?/.exec(cell) ?? [];
  if (line === undefined) return undefined;
  if (name === 'time' && !rest) return { kind: 'time', rest: { at: 0, length: line.trimEnd().length, text: '' } };
  const [, append, file] = /^(-a\s+)?(\S.*)$/.exec(rest.trim()) ?? [];
  if (name === 'writefile' && file)
    return { kind: 'writefile', file, append: Boolean(append), text: cell.slice(line.length) };
  throw new MagicError(`magic: expected %%time, or %%writefile with a file's name; got "${line.trim()}".`);
}

/**
 * Writes `!command`, `%time …` and `%timeit …` as TypeScript. A magic is at the beginning of its line. A line that can
 * only be TypeScript is left alone: one inside a text, a comment or an expression, and `!ready` if the notebook has the
 * name `ready`.
 * @param isName tells whether the notebook has that name
 */
export function magicEdits(cell: string, isName: (name: string) => boolean): Edit[] {
  const candidates = Array.from(
    cell.matchAll(/^(?:!(?=[\w./~$"'])|%(?=[a-z]))[^\n]*/gm),
    ({ 0: line, index: at = 0 }) => ({ line, at }),
  ).filter(
    ({ line }) =>
      !/^!(\d|["']|(?:true|false|null|undefined|await|new|function|typeof|this)\b)/.test(line) &&
      !isName(/^!([\w$]+)/.exec(line)?.[1] ?? ''),
  );
  if (!candidates.length) return [];
  const rest = parse(blanked(cell, candidates));
  const own = new Set(rest.statements.flatMap(declaredNames));
  const starts = new Set(rest.statements.filter((one) => typescript().isBlock(one)).map((one) => one.getStart()));
  return candidates
    .filter(({ line, at }) => starts.has(at) && !own.has(/^!([\w$]+)/.exec(line)?.[1] ?? ''))
    .flatMap(({ line, at }) => lineEdits(at, line));
}

/**
 * Writes a cell's magics as TypeScript; for `%%time`, the rest of the cell.
 * @throws MagicError naming an unknown magic of the whole cell
 */
export function magicsWritten(cell: string, isName: (name: string) => boolean): Edited {
  const magic = cellMagic(cell);
  return applyEdits(cell, [...(magic?.kind === 'time' ? [magic.rest] : []), ...magicEdits(cell, isName)]);
}

/** Replaces the names of magics by spaces, for completion, since the code that they run is TypeScript. */
export const withoutMagics = (cell: string): string => cell.replace(/^%+\w+/gm, (name) => ' '.repeat(name.length));

function lineEdits(at: number, line: string): Edit[] {
  if (line.startsWith('!'))
    return [
      {
        at,
        length: line.length,
        text: `await ${call(RUN_SHELL, '(command: string) => Promise<void>')}(${JSON.stringify(line.slice(1).trim())});`,
      },
    ];
  const [prefix, name] = /^%(\w+)[ \t]*/.exec(line)!;
  if (name === 'load_ext' || name === 'autoreload') {
    const text =
      'console.log("Not needed: the next cell runs with a module as it is edited, and with all that imports it.");';
    return [{ at, length: line.length, text }];
  }
  const code = line.slice(prefix.length);
  if ((name !== 'time' && name !== 'timeit') || !code.trim())
    throw new MagicError(
      `magic: expected !command, ${LINE_MAGICS.join(', ')} at the beginning of a line, the first three with something to run; got "${line}".`,
    );
  const start = at + prefix.length;
  const remove = { at, length: prefix.length, text: '' };
  return name === 'time' ? [remove, ...timed(start, code)] : [remove, ...many(start, code)];
}

/** Turns `const x = f();` into `const x = time(() => f());`; declared names keep their types. */
function timed(at: number, code: string): Edit[] {
  const compiler = typescript();
  const { statements } = parse(code);
  const [statement] = statements;
  const declaration = compiler.isVariableStatement(statement) ? statement.declarationList.declarations : [];
  const whole = compiler.isExpressionStatement(statement)
    ? statement.expression
    : declaration.length === 1
      ? declaration[0].initializer
      : undefined;
  const begin = /\bawait\b/.test(code)
    ? `await ${call(TIME, '<T>(work: () => Promise<T>) => Promise<T>')}(`
    : `${call(TIME, '<T>(work: () => T) => T')}(`;
  return around(at, code, statements.length === 1 ? whole : undefined, begin);
}

/** Turns `f();` into `await timeMany(() => (f()));`. */
function many(at: number, code: string): Edit[] {
  const { statements } = parse(code);
  const expression =
    statements.length === 1 && typescript().isExpressionStatement(statements[0]) ? statements[0].expression : undefined;
  const begin = `await ${call(TIME_MANY, '(work: () => unknown) => Promise<void>')}(`;
  return around(at, code, expression, begin);
}

/** Makes an expression, or all of the code, a function that is passed on. */
function around(at: number, code: string, expression: ts.Expression | undefined, begin: string): Edit[] {
  const [from, to] = expression ? [expression.getStart(), expression.end] : [0, code.length];
  const arrow = /\bawait\b/.test(code.slice(from, to)) ? 'async () => ' : '() => ';
  const [open, close] = expression ? ['(', '))'] : ['{ ', ' })'];
  return [
    { at: at + from, text: begin + arrow + open },
    { at: at + to, text: close },
  ];
}

const call = (name: string, type: string): string => `((globalThis as any).${name} as ${type})`;

function parse(code: string): ts.SourceFile {
  const compiler = typescript();
  return compiler.createSourceFile('magic.ts', code, compiler.ScriptTarget.Latest, true);
}

/** Puts `{}` in place of each candidate: if that is a statement of its own, a magic may stand there. */
function blanked(cell: string, candidates: readonly { readonly line: string; readonly at: number }[]): string {
  return applyEdits(
    cell,
    candidates.map(({ line, at }) => ({ at, length: line.length, text: '{}'.padEnd(line.length) })),
  ).text;
}
