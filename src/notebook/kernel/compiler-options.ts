import { existsSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import type { Folders } from './folders.ts';
import { typescript } from './tslab.ts';

/** What of the project's tsconfig.json decides whether code type-checks; what concerns emitting stays tslab's. */
const CHECKS = [
  'strict',
  'strictNullChecks',
  'noImplicitAny',
  'strictFunctionTypes',
  'strictBindCallApply',
  'strictPropertyInitialization',
  'noImplicitThis',
  'useUnknownInCatchVariables',
  'noUncheckedIndexedAccess',
  'exactOptionalPropertyTypes',
  'noImplicitOverride',
  'esModuleInterop',
  'types',
  'lib',
  'skipLibCheck',
];

/**
 * The options that cells are compiled with beside tslab's: as strict as the project. tslab itself never reads
 * tsconfig.json: it is not strict, resolves modules as Node 10 did and loads every @types package it finds.
 */
export function cellOptions({ notebook, root }: Folders): ts.CompilerOptions {
  return {
    ...projectOptions(root),
    moduleResolution: typescript().ModuleResolutionKind.Bundler, // honours "exports" in package.json
    allowImportingTsExtensions: true,
    emitDeclarationOnly: false,
    inlineSourceMap: true,
    rootDirs: [notebook, root], // './src/x' in a cell: beside the notebook, else in the project
    typeRoots: [path.join(root, 'node_modules/@types')],
  };
}

function projectOptions(root: string): ts.CompilerOptions {
  const compiler = typescript();
  const file = path.join(root, 'tsconfig.json');
  if (!existsSync(file)) return {};
  const raw = (compiler.readConfigFile(file, compiler.sys.readFile).config ?? {}) as object;
  const { options } = compiler.parseJsonConfigFileContent({ ...raw, files: [], include: [] }, compiler.sys, root);
  return Object.fromEntries(CHECKS.filter((name) => name in options).map((name) => [name, options[name]]));
}
