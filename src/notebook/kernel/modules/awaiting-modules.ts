import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type ts from 'typescript';
import { applyEdits, type Edit } from '../compile/edits.ts';
import { stoppable } from './own-modules.ts';
import { typescript } from '../tslab.ts';

/** Errors that mean: there is no module for `require`, or it is one that awaits. */
const ONLY_FOR_IMPORT = new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE']);
export const isOnlyForImport = (error: unknown): boolean =>
  ONLY_FOR_IMPORT.has(String((error as NodeJS.ErrnoException | undefined)?.code));

/** The ends of modules that await at their top level, by what they export. */
const pending = new WeakMap<object, Promise<void>>();

/** Gives the end of a module that has not reached it yet. */
export const endOf = (exports: unknown): Promise<void> | undefined =>
  typeof exports === 'object' && exports !== null ? pending.get(exports) : undefined;

/** The files of modules that have not reached their end. */
const begun = new Set<string>();
export const awaitingFiles = (): readonly string[] => [...begun];

/** A module as Node.js loads it. */
interface Loading extends NodeModule {
  exports: object;
  _compile(code: string, file: string): void;
  /** Set by the code of {@link loadAwaiting}. */
  run?(load: (specifier: string) => Promise<unknown>, meta: object): Promise<void>;
  import?(specifier: string): Promise<unknown>;
}

const HEAD = 'module.import = (s) => import(s); module.run = async ($load, $importMeta) => {';

/**
 * Loads a user's own module that awaits at its top level, or that imports such a module or a package that is only for
 * `import`. Its code becomes an async function, and modules that import it wait for its end.
 * @param failed called if the module throws
 */
export function loadAwaiting(module: NodeModule, file: string, failed: () => void): void {
  const loading = module as Loading;
  loading.exports = {};
  const code = asFunction(readFileSync(file, 'utf8'), file);
  loading._compile(code, file);
  const load = async (specifier: string): Promise<unknown> => {
    try {
      const exports = loading.require(specifier) as unknown;
      await endOf(exports);
      return exports;
    } catch (error) {
      if (isOnlyForImport(error)) return loading.import!(specifier);
      throw error;
    }
  };
  const { exports } = loading;
  const meta = { url: pathToFileURL(file).href, filename: file, dirname: path.dirname(file) };
  const ended = loading.run!(load, meta);
  pending.set(exports, ended);
  begun.add(file);
  ended.then(() => pending.delete(exports), failed).finally(() => begun.delete(file));
}

/** Compiles a module to CommonJS whose `require` waits, in an async function, with its source map. */
function asFunction(source: string, file: string): string {
  const compiler = typescript();
  const { outputText, sourceMapText } = compiler.transpileModule(source, {
    fileName: path.basename(file).replace(/\.m([jt]s)$/, '.$1'), // as CommonJS, too
    compilerOptions: {
      module: compiler.ModuleKind.CommonJS,
      target: compiler.ScriptTarget.ES2022,
      esModuleInterop: true,
      sourceMap: true,
    },
  });
  const plain = outputText.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, '');
  const text = applyEdits(plain, waitingEdits(plain)).text.replace(/^"use strict";/, `"use strict"; ${HEAD}`);
  const map = JSON.stringify({ ...(JSON.parse(sourceMapText!) as object), sources: [file], sourcesContent: [source] });
  const inline = Buffer.from(map).toString('base64');
  return stoppable(`${text}\n};\n//# sourceMappingURL=data:application/json;base64,${inline}`);
}

function waitingEdits(code: string): Edit[] {
  const compiler = typescript();
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (compiler.isMetaProperty(node) && node.keywordToken === compiler.SyntaxKind.ImportKeyword)
      edits.push({ at: node.getStart(), length: node.end - node.getStart(), text: '$importMeta' });
    const isRequire =
      compiler.isCallExpression(node) && compiler.isIdentifier(node.expression) && node.expression.text === 'require';
    if (isRequire && !compiler.findAncestor(node, compiler.isFunctionLike)) {
      edits.push({ at: node.getStart(), length: 'require'.length, text: '(await $load' });
      edits.push({ at: node.end, text: ')' });
    }
    compiler.forEachChild(node, visit);
  };
  visit(compiler.createSourceFile('module.js', code, compiler.ScriptTarget.Latest, true));
  return edits;
}
