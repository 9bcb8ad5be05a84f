import path from 'node:path';
import type ts from 'typescript';
import { cellOptions } from './compiler-options.ts';
import type { Diagnostic } from './failure.ts';
import { type Folders, shownPath } from './folders.ts';
import { createKnownExports, type KnownExports } from './known-exports.ts';
import { adaptSystem, narrowPrograms } from './program-host.ts';
import { loadTslab, replaceTypescript, typescript } from './tslab.ts';
import { withoutExports } from './without-exports.ts';

/**
 * Source maps (JSON) from the JavaScript that runs to the cell, in two steps; parsed when a stack needs them, for
 * memory's sake.
 */
export type CellMaps = readonly string[];

/** "File … is not under 'rootDir'": nothing but the cell is emitted. */
const OUTSIDE_ROOT = 6059;
/** TypeScript's "Did you forget to use 'await'?". */
const FORGOTTEN_AWAIT = 2773;

/** A cell as JavaScript, or what is wrong with it. */
export interface Compiled {
  readonly code: string;
  readonly maps: CellMaps;
  /** The variable that holds the value of the last expression. */
  readonly lastValue?: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Its own, which belong to the notebook's scope. */
  readonly names: ReadonlySet<string>;
}

/** A cell as TypeScript's services see it, with the names of the cells before it. */
export interface CellView {
  readonly program: ts.Program;
  readonly file: ts.SourceFile;
  /** In `file`. */
  readonly position: number;
  /** Of the cell's text in `file`. */
  readonly start: number;
  /** What it could import. */
  readonly exports: KnownExports;
}

/** Compiles cells, and knows what earlier ones have declared. */
export interface Compiler {
  compile(source: string): Compiled;
  view(source: string, position: number): CellView;
  /** Lets the services know modules that no cell has imported; they are read at the next use. */
  know(...files: string[]): void;
  close(): void;
}

/** Makes tslab compile cells as the project compiles its modules. */
export function createCompiler(folders: Folders): Compiler {
  const compiler = typescript();
  // finds a file's names, which tslab looks at before the checker has
  const { bindSourceFile: bind } = compiler as unknown as {
    bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  };
  const files = {
    cell: path.join(folders.notebook, '__tslab__.ts'),
    declarations: path.join(folders.notebook, '__prev__.d.ts'),
  };
  const known = new Set(Object.values(files));
  const exportsOf = createKnownExports(Object.values(files));
  let program!: ts.Program;
  let watch!: ts.WatchOfFilesAndCompilerOptions<ts.BuilderProgram>;
  let maps: CellMaps = [];
  let names: ReadonlySet<string> = new Set();
  let elsewhere: Diagnostic[] = [];
  replaceTypescript({
    ...compiler,
    __esModule: true,
    createWatchCompilerHost(
      roots: string[],
      options: ts.CompilerOptions,
      system: ts.System,
      _: unknown,
      ...reporters: unknown[]
    ) {
      Object.assign(options, cellOptions(folders));
      adaptSystem(system, folders);
      const create = compiler.createWatchCompilerHost as unknown as (
        ...args: unknown[]
      ) => Parameters<typeof narrowPrograms>[0];
      // the usual one finds out, for every new program, which of its thousand files import which: longer than all else
      const host = create(roots, options, system, compiler.createAbstractBuilder, ...reporters);
      narrowPrograms(host, files.cell, folders, (created) => {
        program = created;
        bind(created.getSourceFile(files.cell)!, created.getCompilerOptions());
      });
      return host;
    },
    createWatchProgram(host: Parameters<typeof narrowPrograms>[0]) {
      return (watch = compiler.createWatchProgram(host));
    },
    getPreEmitDiagnosticsOfFiles(...args: unknown[]) {
      const check = (compiler as unknown as { getPreEmitDiagnosticsOfFiles(...args: unknown[]): ts.Diagnostic[] })
        .getPreEmitDiagnosticsOfFiles;
      const all = check(...args).filter(({ code }) => code !== OUTSIDE_ROOT);
      // tslab overlooks errors in files outside of the notebook's folder, and forgets the file of a message
      // with further lines
      elsewhere = all
        .filter(({ file }) => file && file.fileName !== files.cell)
        .map((one) => diagnosticElsewhere(compiler, one, folders));
      return all
        .filter(({ file }) => file?.fileName === files.cell)
        .map((one) => ({ ...one, messageText: messageOf(compiler, one) }));
    },
    // tslab turns the emitted ES module into CommonJS with this; the maps of both steps lead back to the cell
    transpileModule(source: string, options: ts.TranspileOptions) {
      const inline = /\n\/\/# sourceMappingURL=data:[^,]*,(\S+)\s*$/.exec(source);
      const module = withoutExports(inline ? source.slice(0, inline.index) : source);
      names = module.names;
      const output = compiler.transpileModule(module.text, {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      });
      output.outputText = output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '');
      maps = inline ? [output.sourceMapText!, Buffer.from(inline[1], 'base64').toString()] : [];
      return output;
    },
    // tslab's inspection brings the program up to date, then asks this; what is asked of the program is our own
    getQuickInfoAtPosition: (file: ts.SourceFile, _: unknown, __: unknown, position: number) => ({ file, position }),
  });
  const tslab = loadTslab().createConverter({ isJS: false, isBrowser: false });
  let declarations = '';
  return {
    compile(source) {
      const converted = tslab.convert(declarations, source);
      const own = converted.diagnostics.map(({ start, messageText }) => ({
        line: start.line + 1,
        column: start.character + 1,
        text: messageText.replace(
          / Do you need to change your target library\?.*'dom'\.$/s,
          ' Cells run in Node.js, where there is no page.',
        ),
      }));
      const diagnostics = [...own, ...elsewhere];
      // tslab forgets what a failed or interrupted cell has declared, though the variables hold their values
      if (!diagnostics.length) declarations = converted.declOutput ?? '';
      return { code: converted.output ?? '', maps, lastValue: converted.lastExpressionVar, diagnostics, names };
    },
    view(source, position) {
      const seen = tslab.inspect(declarations, source, position) as { file: ts.SourceFile; position: number };
      return { program, ...seen, start: seen.position - position, exports: exportsOf(program) };
    },
    know(...more) {
      for (const file of more) known.add(file);
      watch.updateRootFileNames([...known]);
    },
    close: () => tslab.close(),
  };
}

function diagnosticElsewhere(compiler: typeof ts, diagnostic: ts.Diagnostic, folders: Folders): Diagnostic {
  const { file, start = 0 } = diagnostic;
  const { line, character } = compiler.getLineAndCharacterOfPosition(file!, start);
  const text = messageOf(compiler, diagnostic);
  return {
    file: shownPath(file!.fileName, folders),
    path: file!.fileName,
    line: line + 1,
    column: character + 1,
    text,
  };
}

/** Says what the compiler says, and its "Did you forget to use 'await'?" with it, which stands in a note beside. */
function messageOf(compiler: typeof ts, { messageText, relatedInformation = [] }: ts.Diagnostic): string {
  const advice = relatedInformation.filter(({ code }) => code === FORGOTTEN_AWAIT);
  return [messageText, ...advice.map((one) => one.messageText)]
    .map((text) => compiler.flattenDiagnosticMessageText(text, '\n'))
    .join('\n');
}
