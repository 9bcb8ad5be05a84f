import type ts from 'typescript';
import type { UpdatedProgram } from './cell-program.ts';
import { declaredNames } from './declared-names.ts';
import { typescript } from '../tslab.ts';

/** What a name means: a value, a type, or both. */
interface Meaning {
  readonly value: boolean;
  readonly type: boolean;
}

/**
 * Gives the declarations of all cells after one more: that cell's own, and those earlier ones that it does not replace.
 * @param emitted the cell's own declarations, as TypeScript writes them
 */
export function declarationsAfter({ program, cell, declarations }: UpdatedProgram, emitted: string): string {
  const compiler = typescript();
  const checker = program.getTypeChecker();
  const anew = localsOf(cell);
  const before = localsOf(declarations);
  const own = compiler
    .createSourceFile('own.d.ts', emitted, compiler.ScriptTarget.Latest, true)
    .statements.filter((one) => !compiler.isExportDeclaration(one))
    .map(withDocumentation);
  const untyped = new Set<string>();
  const stays = (statement: ts.Statement, name: string): boolean => {
    const had = meaningOf(statement, before.get(name), checker);
    const has = meaningOfSymbol(anew.get(name), checker);
    if (!(had.value && has.value) && !(had.type && has.type)) return true;
    // the value of a class whose name is now another type
    if (had.value && !has.value) untyped.add(name);
    return false;
  };
  const kept = declarations.statements.flatMap((one) => remaining(one, (name) => stays(one, name)) ?? []);
  return [...own, ...kept, ...[...untyped].map((name) => `declare let ${name}: any;`)].join('\n');
}

/** Gives the names of a file that are values at run time. */
export function valuesOf({ program, declarations }: UpdatedProgram): string[] {
  const checker = program.getTypeChecker();
  return [...localsOf(declarations)]
    .filter(([, symbol]) => meaningOfSymbol(symbol, checker).value)
    .map(([name]) => name);
}

/** Gives the names at a file's top level, which TypeScript's binder notes in it. */
export function localsOf(file: ts.SourceFile): ReadonlyMap<string, ts.Symbol> {
  const { locals } = file as ts.SourceFile & { readonly locals?: ReadonlyMap<ts.__String, ts.Symbol> };
  const { unescapeLeadingUnderscores: plain } = typescript(); // it writes `__a` as `___a`
  return new Map([...(locals ?? [])].map(([name, symbol]) => [plain(name), symbol]));
}

function meaningOf(statement: ts.Statement, symbol: ts.Symbol | undefined, checker: ts.TypeChecker): Meaning {
  const compiler = typescript();
  if (compiler.isVariableStatement(statement) || compiler.isFunctionDeclaration(statement))
    return { value: true, type: false };
  if (compiler.isInterfaceDeclaration(statement) || compiler.isTypeAliasDeclaration(statement))
    return { value: false, type: true };
  return meaningOfSymbol(symbol, checker);
}

function meaningOfSymbol(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): Meaning {
  if (!symbol) return { value: false, type: false };
  const { SymbolFlags } = typescript();
  const { flags } = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return { value: Boolean(flags & SymbolFlags.Value), type: Boolean(flags & SymbolFlags.Type) };
}

const withDocumentation = (statement: ts.Statement): string => statement.getFullText().trim();

/** Writes a statement with only those of its names that stay. */
function remaining(statement: ts.Statement, stays: (name: string) => boolean): string | undefined {
  const compiler = typescript();
  const names = declaredNames(statement);
  const kept = names.filter(stays);
  if (!kept.length) return undefined;
  const whole = withDocumentation(statement);
  if (kept.length === names.length) return whole;
  if (compiler.isVariableStatement(statement)) {
    const { declarations } = statement.declarationList;
    const head = whole.slice(0, declarations[0].getStart() - statement.end);
    return `${head}${declarations
      .filter(({ name }) => kept.includes(name.getText()))
      .map((one) => one.getText())
      .join(', ')};`;
  }
  const { importClause, moduleSpecifier, attributes } = statement as ts.ImportDeclaration;
  const { name, namedBindings, isTypeOnly } = importClause!;
  const clauses = [
    name && kept.includes(name.text) ? name.text : '',
    namedBindings && compiler.isNamespaceImport(namedBindings) && kept.includes(namedBindings.name.text)
      ? namedBindings.getText()
      : '',
    namedBindings && compiler.isNamedImports(namedBindings)
      ? `{ ${namedBindings.elements
          .filter((one) => kept.includes(one.name.text))
          .map((one) => one.getText())
          .join(', ')} }`
      : '',
  ].filter((one) => one && one !== '{  }');
  return `import ${isTypeOnly ? 'type ' : ''}${clauses.join(', ')} from ${moduleSpecifier.getText()}${attributes ? ` ${attributes.getText()}` : ''};`;
}
