import { existsSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { replaceTypescript, typescript } from './tslab.ts';

/** What of the project's tsconfig.json decides whether code type-checks; what concerns emitting stays tslab's. */
const CHECKS = [
  'strict', 'strictNullChecks', 'noImplicitAny', 'strictFunctionTypes', 'strictBindCallApply', 'strictPropertyInitialization',
  'noImplicitThis', 'useUnknownInCatchVariables', 'noUncheckedIndexedAccess', 'exactOptionalPropertyTypes', 'noImplicitOverride',
  'esModuleInterop', 'types', 'lib', 'skipLibCheck',
]; // prettier-ignore

/** Source maps (JSON) from the JavaScript that runs to the cell, in two steps; parsed when a stack needs them, for memory's sake. */
export type CellMaps = readonly string[];

/**
 * Makes tslab compile cells as the project compiles its modules. tslab itself never reads tsconfig.json: it is not
 * strict, resolves modules as Node 10 did and loads every @types package it finds.
 * @param root the project's folder
 * @returns the source maps of the cell compiled last
 */
export function configureCompiler(root: string): { lastMaps(): CellMaps } {
  const compiler = typescript();
  let maps: CellMaps = [];
  replaceTypescript({
    ...compiler,
    __esModule: true,
    createWatchCompilerHost(files: string[], options: ts.CompilerOptions, system: ts.System, ...rest: unknown[]) {
      Object.assign(options, projectOptions(compiler, root), {
        moduleResolution: compiler.ModuleResolutionKind.Bundler, // honours "exports" in package.json
        allowImportingTsExtensions: true,
        emitDeclarationOnly: false,
        inlineSourceMap: true,
      });
      dropSecondTimer(system);
      return (compiler.createWatchCompilerHost as (...args: unknown[]) => unknown)(files, options, system, ...rest);
    },
    // tslab forgets the file of a message that has further lines
    getPreEmitDiagnosticsOfFiles(...args: unknown[]) {
      const all = (compiler as unknown as { getPreEmitDiagnosticsOfFiles(...args: unknown[]): ts.Diagnostic[] }).getPreEmitDiagnosticsOfFiles(...args);
      return all.map((diagnostic) => ({ ...diagnostic, messageText: compiler.flattenDiagnosticMessageText(diagnostic.messageText, '\n') }));
    },
    // tslab turns the emitted ES module into CommonJS with this; the maps of both steps lead back to the cell
    transpileModule(source: string, options: ts.TranspileOptions) {
      const inline = /\n\/\/# sourceMappingURL=data:[^,]*,(\S+)\s*$/.exec(source);
      const output = compiler.transpileModule(inline ? source.slice(0, inline.index) : source, {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      });
      output.outputText = output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '');
      maps = inline ? [output.sourceMapText!, Buffer.from(inline[1], 'base64').toString()] : [];
      return output;
    },
  });
  return { lastMaps: () => maps };
}

function projectOptions(compiler: typeof ts, root: string): ts.CompilerOptions {
  const file = path.join(root, 'tsconfig.json');
  if (!existsSync(file)) return {};
  const raw = (compiler.readConfigFile(file, compiler.sys.readFile).config ?? {}) as object;
  const { options } = compiler.parseJsonConfigFileContent({ ...raw, files: [], include: [] }, compiler.sys, root);
  return Object.fromEntries(CHECKS.filter((name) => name in options).map((name) => [name, options[name]]));
}

/**
 * tslab has one slot for a timer, TypeScript uses two: the second (a file appeared in a watched folder) would wedge the
 * kernel for good ("Unexpected pending rebuildTimer"). Every update of the program does that timer's work itself.
 */
function dropSecondTimer(system: ts.System): void {
  const { setTimeout: set, clearTimeout: clear } = system as Required<ts.System>;
  const dropped = {};
  system.setTimeout = (callback: (...args: unknown[]) => void, ms: number, ...args: unknown[]) =>
    callback.name === 'updateProgramWithWatchStatus' ? (set(callback, ms, ...args) as unknown) : dropped;
  system.clearTimeout = (timer) => (timer === dropped ? undefined : clear(timer));
}
