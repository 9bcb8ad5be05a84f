import type ts from 'typescript';
import { escapeHtml } from '../../../text/html.ts';
import type { CellView, Compiler } from '../compile/compiler.ts';
import { declaredNames } from '../compile/declared-names.ts';
import { type Folders, shownPath } from '../modules/folders.ts';
import { type Help, inspectCell } from './inspection.ts';
import { typescript } from '../tslab.ts';

/** What a cell like `fit?`, `?fit` or `help(fit)` asks for: help on a name, or with `??` its source. */
export interface HelpRequest {
  readonly name: string;
  readonly source: boolean;
}

/**
 * Reads a cell that consists only of a name and one or two question marks, before or behind it, as in IPython, or of
 * `help(name)`, as in Python.
 * @param isName tells whether the notebook has that name: a user's own function `help` is called
 */
export function parseHelp(cell: string, isName: (name: string) => boolean): HelpRequest | undefined {
  const name = '([\\w$]+(?:\\.[\\w$]+)*)';
  const text = cell.trim();
  const [, behind, marks] = new RegExp(`^${name}(\\?\\??)$`).exec(text) ?? [];
  if (behind) return { name: behind, source: marks === '??' };
  const [, ahead, before] = new RegExp(`^(\\?\\??)\\s*${name}$`).exec(text) ?? [];
  if (before) return { name: before, source: ahead === '??' };
  const [, called] = new RegExp(`^help\\(\\s*${name}\\s*\\);?$`).exec(text) ?? [];
  return called && !isName('help') ? { name: called, source: false } : undefined;
}

/**
 * @param cells the sources of earlier cells, the latest first
 * @returns help, or undefined if nothing is known about the name
 */
export function findHelp(
  { name, source }: HelpRequest,
  compiler: Compiler,
  folders: Folders,
  cells: Iterable<string>,
): Help | undefined {
  const view = compiler.view(name, name.length);
  if (!source) return inspectCell(view);
  const found = sourceOf(view, compiler, folders) ?? inCells(name, cells);
  return (
    found && {
      'text/plain': `${found.from}\n\n${found.text}`,
      'text/html': `<div>${escapeHtml(found.from)}</div><pre>${escapeHtml(found.text)}</pre>`,
    }
  );
}

interface Found {
  readonly from: string;
  readonly text: string;
}

function sourceOf({ program, file, position }: CellView, { textOf }: Compiler, folders: Folders): Found | undefined {
  const compiler = typescript();
  const checker = program.getTypeChecker();
  let symbol = checker.getSymbolAtLocation(nodeBefore(file, position));
  if (symbol && symbol.flags & compiler.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declaration = symbol?.declarations?.[0];
  if (!declaration) return undefined;
  const from = declaration.getSourceFile();
  if (from.fileName.endsWith('__prev__.d.ts')) return undefined; // tslab keeps only a cell's types there
  const statement =
    compiler.findAncestor(
      declaration,
      (node) => compiler.isStatement(node) || compiler.isClassElement(node) || compiler.isTypeElement(node),
    ) ?? declaration;
  const { line } = from.getLineAndCharacterOfPosition(statement.getStart());
  return { from: `${shownPath(from.fileName, folders)}:${line + 1}`, text: textOf(statement).trim() };
}

/** Finds the innermost node that ends at the cursor. */
function nodeBefore(file: ts.SourceFile, position: number): ts.Node {
  let found: ts.Node = file;
  const visit = (node: ts.Node): void => {
    if (node.getStart() < position && position <= node.end) {
      found = node;
      typescript().forEachChild(node, visit);
    }
  };
  typescript().forEachChild(file, visit);
  return found;
}

/** Finds the statement of the latest cell that declares a name. */
function inCells(name: string, cells: Iterable<string>): Found | undefined {
  const compiler = typescript();
  for (const cell of cells) {
    const file = compiler.createSourceFile('cell.ts', cell, compiler.ScriptTarget.Latest, true);
    const statement = file.statements.find((one) => declaredNames(one).includes(name));
    if (statement) return { from: 'declared in a cell', text: statement.getFullText().trim() };
  }
  return undefined;
}
