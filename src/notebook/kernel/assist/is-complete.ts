import vm from 'node:vm';
import type ts from 'typescript';
import { parseHelp } from './help.ts';
import { cellMagic, MagicError, magicsWritten } from '../compile/magics.ts';
import { typescript } from '../tslab.ts';

/** TypeScript's "Unterminated string literal": another line does not end it. */
const UNTERMINATED_STRING = 1002;

/** What a console does at Enter: it runs the cell, continues on another line, or runs it and shows what is wrong. */
export type Completeness =
  | { readonly status: 'complete' | 'invalid' }
  /** With the spaces that the next line starts with. */
  | { readonly status: 'incomplete'; readonly indent: string };

/**
 * Tells whether a cell's text is complete. It is incomplete if its first error is that it ends.
 * @param isName tells whether the notebook has that name
 */
export function isComplete(cell: string, isName: (name: string) => boolean): Completeness {
  if (parseHelp(cell, isName)) return { status: 'complete' };
  try {
    if (cellMagic(cell)?.kind === 'writefile') return { status: 'complete' };
    return ofTypeScript(magicsWritten(cell, isName).text);
  } catch (error) {
    if (error instanceof MagicError) return { status: 'invalid' };
    throw error;
  }
}

function ofTypeScript(code: string): Completeness {
  const compiler = typescript();
  const file = compiler.createSourceFile('cell.ts', code, compiler.ScriptTarget.Latest, true);
  const [first] = (file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
  if (!first) return { status: runs(code) ? 'complete' : 'invalid' };
  const atEnd = first.start >= code.trimEnd().length && first.code !== UNTERMINATED_STRING;
  return atEnd ? { status: 'incomplete', indent: indentAfter(code) } : { status: 'invalid' };
}

/** Whether JavaScript accepts the code; it refuses more than the parser does (`let let`, a name declared twice). */
function runs(code: string): boolean {
  const compiler = typescript();
  const { outputText } = compiler.transpileModule(code, {
    compilerOptions: { module: compiler.ModuleKind.CommonJS, target: compiler.ScriptTarget.ES2022 },
  });
  try {
    new vm.Script(`(async function () { ${outputText}\n})`);
    return true;
  } catch {
    return false;
  }
}

/** Gives the indent of the last line, two deeper if that line opens something. */
function indentAfter(code: string): string {
  const line = /[^\n]*$/.exec(code.trimEnd())![0];
  return /^\s*/.exec(line)![0] + (/([{([]|=>)$/.test(line) ? '  ' : '');
}
