import { existsSync } from 'node:fs';
import path from 'node:path';
import type ts from 'typescript';
import { IS_CLONE } from '../../../home.mjs';
import { packageFolders } from '../../../packages.mjs';
import { type Folders, relativeFolders } from '../modules/folders.ts';
import { typescript } from '../tslab.ts';

/** The options of the project's tsconfig.json that decide whether code type-checks. */
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
  'experimentalDecorators',
  'types',
  'lib',
];

/** Declarations of `using` and decorators, which every cell can use. */
const LIBRARIES = ['lib.esnext.disposable.d.ts', 'lib.esnext.decorators.d.ts'];

/** Gives the options that cells are compiled with: as strict as the project's. */
export function cellOptions(folders: Folders): ts.CompilerOptions {
  const { project, root } = folders;
  const settings = IS_CLONE ? root : project;
  const { JsxEmit, ModuleKind, ModuleResolutionKind, NewLineKind, ScriptTarget } = typescript();
  const { lib = ['lib.es2023.d.ts'], ...checks } = projectOptions(settings);
  return {
    esModuleInterop: true,
    ...checks,
    lib: [...new Set([...lib, ...LIBRARIES])],
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler, // honours "exports" in package.json
    target: ScriptTarget.ES2022, // what Node.js 20 runs
    newLine: NewLineKind.LineFeed,
    declaration: true,
    inlineSourceMap: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    jsx: JsxEmit.React,
    rootDirs: [...relativeFolders(folders)], // './src/x' in a cell
    typeRoots: [settings, ...packageFolders().map((packages) => path.join(packages, 'notebook'))].map((at) =>
      path.join(at, 'node_modules/@types'),
    ),
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
