import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { boundNames, declaredNames } from '../kernel/compile/declared-names.ts';
import { doorsOf, isDoor, NAME } from '../kernel/modules/doors.ts';
import { findFolders, relativeFolders } from '../kernel/modules/folders.ts';
import { packageFolder } from '../kernel/modules/package-versions.ts';
import { typescript } from '../kernel/tslab.ts';
import { withoutMagicLines } from './script-magics.ts';

/** A notebook: its location, if known, and its cells. */
export interface Cells {
  readonly folder?: string | null;
  readonly cells: readonly { readonly code: boolean; readonly source: string }[];
}

/**
 * Writes a notebook as a script that runs by `npx tsx` from the notebook's folder. Imports stand at the top, each name
 * once. If several cells declare a name, the first declares it and the others assign it: a module allows a single
 * declaration, while in a notebook the last one counts. Text becomes comments, and so does what only a notebook knows.
 */
export function scriptOf({ folder, cells }: Cells): string {
  const names = new Set<string>();
  const parsed = cells.map(({ code, source }) => {
    if (!code) return { comment: comment(source), statements: [] };
    const text = withoutMagicLines(source, (name) => names.has(name));
    const statements = [...parse(text).statements];
    for (const name of statements.flatMap(declared)) names.add(name);
    return { text, statements };
  });
  const times = new Map<string, number>();
  const imports = new Map<string, string>(); // line → what it binds
  for (const name of parsed.flatMap(({ statements }) => statements.flatMap(declared)))
    times.set(name, (times.get(name) ?? 0) + 1);
  const several = (name: string): boolean => times.get(name)! > 1;
  const known = new Set<string>();
  const body = parsed.map(({ comment: remark, text = '', statements }) => {
    if (remark !== undefined) return remark;
    let end = 0;
    let written = '';
    for (const statement of statements) {
      const own = text.slice(end, statement.getFullStart()) + leading(text, statement);
      end = statement.end;
      written += own + (isImport(statement) ? importOf(statement) : declarationOf(statement, several, known));
    }
    return (written + text.slice(end)).trim();
  });
  const uses = /\b(execSync|writeFileSync)\b/;
  const own = body.join('\n');
  const head = [
    '// Run it by `npx tsx` from the folder of the notebook. Values that only stand at the end of a cell are not shown.',
    ...(own.includes('execSync(') && uses.test(own) ? ["import { execSync } from 'node:child_process';"] : []),
    ...(own.includes('writeFileSync(') && !names.has('writeFileSync')
      ? ["import { writeFileSync } from 'node:fs';"]
      : []),
    ...imports.keys(),
  ].filter((line, i, all) => all.indexOf(line) === i);
  return `${head.join('\n')}\n\n${body.filter(Boolean).join('\n\n')}\n`;

  /** Puts an import at the top, name by name, and returns what takes its place: nothing, or an assignment. */
  function importOf(statement: ts.ImportDeclaration): string {
    const from = `'${specifierOf((statement.moduleSpecifier as ts.StringLiteral).text, folder)}'`;
    const { importClause: clause } = statement;
    if (!clause) return (void imports.set(`import ${from};`, ''), '');
    const bindings = clause.namedBindings;
    const parts: [name: string, line: (as: string) => string][] = [
      ...(clause.name ? [[clause.name.text, (as: string) => `import ${as} from ${from};`] as never] : []),
      ...(bindings && typescript().isNamespaceImport(bindings)
        ? [[bindings.name.text, (as: string) => `import * as ${as} from ${from};`] as never]
        : []),
      ...(bindings && typescript().isNamedImports(bindings)
        ? bindings.elements.map(
            ({ name, propertyName, isTypeOnly }) =>
              [
                name.text,
                (as: string) =>
                  `import ${clause.isTypeOnly || isTypeOnly ? 'type ' : ''}{ ${(propertyName ?? name).text === as ? as : `${(propertyName ?? name).text} as ${as}`} } from ${from};`,
              ] as never,
          )
        : []),
    ];
    return parts
      .map(([name, line]) => {
        const same = imports.get(line(name)) === name;
        const taken = [...imports.values()].includes(name) || known.has(name);
        if (same || (!several(name) && !taken)) return imports.set(line(name), name) && '';
        if (!taken && onlyImported(name, line(name))) return imports.set(line(name), name) && '';
        const alias = `${name}$${imports.size}`;
        imports.set(line(alias), alias);
        const text = `${known.has(name) ? '' : 'let '}${name} = ${alias};`;
        known.add(name);
        return text;
      })
      .filter(Boolean)
      .join(' ');
  }

  /** Whether all cells that have a name import it, from one place. */
  function onlyImported(name: string, line: string): boolean {
    const others = parsed.flatMap(({ statements }) => statements.filter((one) => declared(one).includes(name)));
    return others.every(
      (one) =>
        isImport(one) &&
        line.endsWith(`from '${specifierOf((one.moduleSpecifier as ts.StringLiteral).text, folder)}';`),
    );
  }
}

const parse = (text: string): ts.SourceFile =>
  typescript().createSourceFile('cell.ts', text, typescript().ScriptTarget.Latest, true);

const isImport = (statement: ts.Statement): statement is ts.ImportDeclaration =>
  typescript().isImportDeclaration(statement);

/** Gives the names that a statement declares or imports, but not types. */
const declared = (statement: ts.Statement): readonly string[] =>
  typescript().isInterfaceDeclaration(statement) || typescript().isTypeAliasDeclaration(statement)
    ? []
    : declaredNames(statement);

/** Gives the comments and empty lines before a statement. */
const leading = (text: string, statement: ts.Statement): string =>
  text.slice(statement.getFullStart(), statement.getStart());

/**
 * Writes a statement as it is, except that a name declared earlier is assigned, and one declared again becomes a `let`.
 */
function declarationOf(statement: ts.Statement, several: (name: string) => boolean, known: Set<string>): string {
  const compiler = typescript();
  const names = declared(statement);
  const before = new Set(names.filter((name) => known.has(name)));
  const text = statement.getText();
  for (const name of names) known.add(name);
  if (!names.some(several)) return text;
  if (!compiler.isVariableStatement(statement))
    return before.size ? `${names[0]} = ${text.replace(/^export /, '')};` : text;
  if (!before.size) return text.replace(/^(export )?const\b/, 'let');
  return statement.declarationList.declarations
    .map((declaration) => {
      const { name, initializer } = declaration;
      const value = initializer?.getText() ?? 'undefined';
      if (compiler.isIdentifier(name))
        return before.has(name.text) ? `${name.text} = ${value};` : `let ${declaration.getText()};`;
      const fresh = boundNames(name).filter((one) => !before.has(one));
      return `${fresh.length ? `let ${fresh.join(', ')}; ` : ';'}(${name.getText()} = ${value});`;
    })
    .join(' ');
}

/** Gives the specifier by which a script beside the notebook finds what a cell imports. */
function specifierOf(specifier: string, folder: string | null | undefined): string {
  const { root } = findFolders();
  const from = folder ?? root;
  const door = isDoor(specifier) && doorOutside(specifier, from, root);
  if (door) return relativeTo(from, door);
  if (!specifier.startsWith('.')) return specifier;
  const there = relativeFolders(findFolders({}, from))
    .map((place) => path.resolve(place, specifier))
    .find(isModule);
  if (!there) return specifier;
  const file = existsSync(`${there}.ts`) ? `${there}.ts` : isFolder(there) ? path.join(there, 'index.ts') : there;
  return relativeTo(from, file);
}

/** Gives the file of a front door for a folder from which Node.js does not find Graft by its name. */
function doorOutside(specifier: string, from: string, root: string): string | undefined {
  if (`${from}${path.sep}`.startsWith(`${root}${path.sep}`) || packageFolder(from, NAME)) return undefined;
  return [...doorsOf(root)].find(([, door]) => door === specifier)?.[0];
}

function relativeTo(from: string, file: string): string {
  const relative = path.relative(from, file);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

const isFolder = (file: string): boolean => Boolean(statSync(file, { throwIfNoEntry: false })?.isDirectory());
const isModule = (file: string): boolean =>
  existsSync(`${file}.ts`) || (isFolder(file) ? existsSync(path.join(file, 'index.ts')) : existsSync(file));

const comment = (text: string): string => text.replace(/^/gm, '// ').replace(/[ \t]+$/gm, '');
