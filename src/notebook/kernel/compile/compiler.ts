import type ts from 'typescript';
import { moduleEdits } from '../modules/cell-modules.ts';
import { createCellProgram, HEAD } from './cell-program.ts';
import { createCompiledCells } from './compiled-cells.ts';
import { createModuleFinder } from '../modules/checked-modules.ts';
import { declarationsAfter, localsOf, valuesOf } from './declarations.ts';
import { applyEdits } from './edits.ts';
import type { Diagnostic } from '../run/failure.ts';
import { type Folders, shownPath } from '../modules/folders.ts';
import { createKnownExports, type KnownExports } from '../assist/known-exports.ts';
import { typescript } from '../tslab.ts';

/** Source maps (JSON) from the running JavaScript to the cell; parsed only when a stack needs them, to save memory. */
export type CellMaps = readonly string[];

/** TypeScript's "Did you forget to use 'await'?". */
const FORGOTTEN_AWAIT = 2773;

/** A cell as JavaScript, or what is wrong with it. */
export interface Compiled {
  /** The body of a function that returns the value of the last expression. */
  readonly code: string;
  readonly maps: CellMaps;
  readonly diagnostics: readonly Diagnostic[];
  /** The cell's own names, which belong to the notebook's scope. */
  readonly names: ReadonlySet<string>;
  /** The names of earlier cells. */
  readonly earlier: ReadonlySet<string>;
}

/** A cell as TypeScript's services see it, with the names of the cells before it. */
export interface CellView {
  readonly program: ts.Program;
  readonly file: ts.SourceFile;
  /** The cursor's position in `file`. */
  readonly position: number;
  /** The start of the cell's text in `file`. */
  readonly start: number;
  /** What the cell could import. */
  readonly exports: KnownExports;
}

/** Compiles cells, and keeps the declarations of earlier ones. */
export interface Compiler {
  compile(source: string): Compiled;
  view(source: string, position: number): CellView;
  /** Gives a node's text with all that belongs to it, whether or not the program has the bodies of functions. */
  textOf(node: ts.Node): string;
  /** Lets the services know modules that no cell has imported; they are read at the next use. */
  know(...files: string[]): void;
  /** Reads what every cell needs, about a second of work, unless that is done. */
  prepare(): void;
  close(): void;
}

/** Creates a compiler that compiles cells as the project compiles its modules. */
export function createCompiler(folders: Folders): Compiler {
  const compiler = typescript();
  const started = Date.now();
  const cells = createCellProgram(folders, started);
  const kept = createCompiledCells(folders, cells.files, started);
  const modulesOf = createModuleFinder(folders, cells.isOutline, started);
  const exportsOf = createKnownExports(cells.files);
  let declarations = '';
  return {
    compile(source) {
      const same = kept.find(declarations, source);
      if (same) {
        ({ declarations } = same);
        return { ...same, diagnostics: [], names: new Set(same.names), earlier: new Set(same.earlier) };
      }
      const before = declarations;
      const names = namesOf(source);
      const suffix = names.size ? `\nexport { ${[...names].join(', ')} };` : '';
      const updated = cells.update(declarations, source + suffix);
      const { program, cell } = updated;
      const diagnostics = diagnosticsOf(program, [cell, ...modulesOf(program, cell)]).map((one) =>
        one.file === cell ? inCell(one) : elsewhere(one, folders),
      );
      const earlier = new Set(valuesOf(updated));
      if (diagnostics.length) return { code: '', maps: [], diagnostics, names, earlier };
      let [code, declared] = ['', ''];
      emitAnyway(
        program,
        cell,
        (file, text) => (file.endsWith('.d.ts') ? (declared = text) : (code = text)),
        undefined,
        undefined,
        { before: [importsFirst, returnLast] },
        true, // declarations that only cells could read, too
      );
      // declarations of a failed or interrupted cell stay known, since the variables may hold their values
      declarations = declarationsAfter(updated, declared);
      const [, plain, map] = /^(.*)\n\/\/# sourceMappingURL=data:[^,]*,(\S+)\s*$/s.exec(code)!;
      const maps = [Buffer.from(map, 'base64').toString()];
      const { text } = applyEdits(plain, moduleEdits(plain));
      const compiled = { code: text, maps, names: [...names], earlier: [...earlier], declarations };
      kept.keep(before, source, compiled, program);
      return { ...compiled, diagnostics, names, earlier };
    },
    view(source, position) {
      const { program, cell: file } = cells.update(declarations, source);
      return { program, file, position: HEAD.length + position, start: HEAD.length, exports: exportsOf(program) };
    },
    textOf(node) {
      const { fileName, text } = node.getSourceFile();
      const whole = cells.isOutline(fileName) ? compiler.sys.readFile(fileName) : undefined;
      return (whole ?? text).slice(node.pos, node.end);
    },
    know: (...more) => cells.know(...more),
    prepare: () => cells.prepare(),
    close: () => cells.close(),
  };

  /** Gives the names that a cell declares at its top level, and those that `var` declares in its blocks. */
  function namesOf(source: string): Set<string> {
    const file = compiler.createSourceFile('cell.ts', HEAD + source, compiler.ScriptTarget.Latest, true);
    (compiler as unknown as { bindSourceFile(file: ts.SourceFile, options: object): void }).bindSourceFile(file, {});
    return new Set(localsOf(file).keys());
  }
}

/**
 * What a program's declarations may not say to others, a cell's may say to the next one: a type that a package has, but
 * does not export by name.
 */
const NOT_PORTABLE = 2742;
type Emit = ts.Program['emit'];

/** Emits with the argument that TypeScript keeps to itself: declarations are written, whatever is wrong with them. */
const emitAnyway = (program: ts.Program, ...args: [...Parameters<Emit>, forceDtsEmit: true]): ts.EmitResult =>
  program.emit(...(args as unknown as Parameters<Emit>));

/** Lists what is wrong with a cell and its modules; if files have syntax errors, only those. */
function diagnosticsOf(program: ts.Program, files: readonly ts.SourceFile[]): readonly ts.Diagnostic[] {
  const [cell] = files;
  const syntax = files.flatMap((file) => program.getSyntacticDiagnostics(file));
  if (syntax.length) return syntax;
  return typescript().sortAndDeduplicateDiagnostics([
    ...files.flatMap((file) => program.getSemanticDiagnostics(file)),
    ...program.getDeclarationDiagnostics(cell).filter(({ code }) => code !== NOT_PORTABLE),
  ]);
}

/** Moves a cell's imports before everything else, as in any module. */
const importsFirst: ts.TransformerFactory<ts.SourceFile> =
  ({ factory }) =>
  (file) => {
    const isImport = typescript().isImportDeclaration;
    const { statements } = file;
    return factory.updateSourceFile(file, [
      ...statements.filter(isImport),
      ...statements.filter((one) => !isImport(one)),
    ]);
  };

/** Makes a cell return the value of its last expression, after which only types may come. */
const returnLast: ts.TransformerFactory<ts.SourceFile> =
  ({ factory }) =>
  (file) => {
    const compiler = typescript();
    const statements = [...file.statements];
    const at = statements.findLastIndex(
      (one) =>
        !compiler.isExportDeclaration(one) &&
        !compiler.isInterfaceDeclaration(one) &&
        !compiler.isTypeAliasDeclaration(one) &&
        !compiler.isEmptyStatement(one),
    );
    const last = at < 0 ? undefined : statements[at];
    if (!last || !compiler.isExpressionStatement(last)) return file;
    const returned = compiler.setTextRange(factory.createReturnStatement(last.expression), last);
    statements[at] = compiler.setOriginalNode(returned, last);
    return factory.updateSourceFile(file, statements);
  };

function inCell(diagnostic: ts.Diagnostic): Diagnostic {
  const { line, column, text } = placed(diagnostic);
  return {
    line: line - 1, // one line comes before the cell
    column,
    text: text.replace(
      / Do you need to change your target library\?.*'dom'\.$/s,
      ' Cells run in Node.js, where there is no page.',
    ),
  };
}

function elsewhere(diagnostic: ts.Diagnostic, folders: Folders): Diagnostic {
  const path = diagnostic.file!.fileName;
  return { file: shownPath(path, folders), path, ...placed(diagnostic) };
}

/** Places a compiler's message, including its "Did you forget to use 'await'?", which comes in a separate note. */
function placed({ file, start = 0, messageText, relatedInformation = [] }: ts.Diagnostic): Diagnostic {
  const compiler = typescript();
  const { line, character } = compiler.getLineAndCharacterOfPosition(file!, start);
  const advice = relatedInformation.filter(({ code }) => code === FORGOTTEN_AWAIT);
  const text = [messageText, ...advice.map((one) => one.messageText)]
    .map((one) => compiler.flattenDiagnosticMessageText(one, '\n'))
    .join('\n');
  return { line: line + 1, column: character + 1, text };
}
