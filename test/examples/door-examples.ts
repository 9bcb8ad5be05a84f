import path from 'node:path';
import ts from 'typescript';

/** The `@example` of a name of a front door; undefined where its docstring has none. */
export interface DoorExample {
  readonly name: string;
  readonly code: string | undefined;
  /** The door it stands at, by its index in `DOORS`. */
  readonly door: number;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
export const DOORS = ['index', 'plots/index', 'analysis/index', 'cluster/index', 'notebook/widgets/index'].map((door) =>
  path.join(ROOT, 'src', `${door}.ts`),
);
/** The doors of programs, whose examples are programs in docs/. */
const DOORS_OF_PROGRAMS = ['predict', 'results/index'].map((door) => path.join(ROOT, 'src', `${door}.ts`));
const CHECKED = path.join(ROOT, 'test/examples/all-examples.ts');
const SETTING = 'images, base, model, backbone, head, train, test, history, evaluation, swept';

/** Reads the examples of all names of the front doors that are values, and lists the names, types too, without docstring. */
export function doorExamples(): { readonly examples: DoorExample[]; readonly withoutDocs: string[] } {
  const program = ts.createProgram([...DOORS, ...DOORS_OF_PROGRAMS], options());
  const checker = program.getTypeChecker();
  const exportedBy = (
    file: string,
  ): { readonly name: string; readonly isType?: boolean; readonly symbol: ts.Symbol }[] =>
    checker
      .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)
      .map((exported) => ({
        name: exported.name,
        isType: exported.declarations?.some(
          (one) => ts.isExportSpecifier(one) && ts.isTypeOnlyImportOrExportDeclaration(one),
        ),
        symbol: exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported,
      }))
      .filter(({ symbol }) => !symbol.declarations?.[0].getSourceFile().fileName.includes('node_modules'));
  const examples = DOORS.flatMap((file, door) =>
    exportedBy(file).flatMap(({ name, isType, symbol }) => {
      if (!symbol.valueDeclaration || isType) return [];
      const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'example');
      return [{ name, code: tag && ts.displayPartsToString(tag.text), door }];
    }),
  );
  const all = [...DOORS, ...DOORS_OF_PROGRAMS].flatMap(exportedBy);
  const withoutDocs = all.filter(({ symbol }) => !symbol.getDocumentationComment(checker).length);
  return { examples, withoutDocs: withoutDocs.map(({ name }) => name) };
}

/** Checks all examples in one program, each in a function of its own. @returns what the compiler finds, with the example's name */
export function checkExamples(examples: readonly DoorExample[]): string[] {
  const heads = DOORS.map((door) => `import * as ${nameOf(door)} from '${door}';`);
  const types = `import type { exampleSetting } from './example-setting.ts';\ntype Setting = Awaited<ReturnType<typeof exampleSetting>>;`;
  const names = DOORS.map((file, i) => {
    const own = examples.filter(({ door: of }) => of === i).map(({ name }) => name);
    return `const { ${[...own, ...(i ? [] : ['Plot'])].join(', ')} } = ${nameOf(file)};`;
  });
  const blocks = examples.map(
    ({ name, code }) => `export async function example_${name}({ ${SETTING} }: Setting) {\n{\n${code}\n}\n}`,
  );
  const source = [...heads, types, ...names, ...blocks].join('\n');
  const host = ts.createCompilerHost(options());
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === CHECKED || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === CHECKED ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true) : getSourceFile(file, ...rest);
  const program = ts.createProgram([CHECKED], options(), host);
  const checked = program.getSourceFile(CHECKED)!;
  const found = [...program.getSyntacticDiagnostics(checked), ...program.getSemanticDiagnostics(checked)];
  return found.map(({ start = 0, messageText }) => {
    const name = /.*function example_(\w+)/s.exec(source.slice(0, start))?.[1] ?? 'imports';
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

const nameOf = (door: string): string => `door_${DOORS.indexOf(door)}`;

/** As the project is compiled; an example need not use what it makes. */
function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  return { ...parsed.options, noUnusedLocals: false, noUnusedParameters: false };
}
