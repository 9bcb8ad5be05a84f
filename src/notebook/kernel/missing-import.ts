import { completeCell } from './completion.ts';
import type { Compiler } from './compiler.ts';
import type { Folders } from './folders.ts';

/** Names that are customary for whole modules. */
const WHOLE: Readonly<Record<string, string>> = { tf: '@tensorflow/tfjs', Plot: '@observablehq/plot' };

const MOST = 3;

/**
 * The lines that would import a name that a cell uses without; none where nothing exports it.
 */
export function importLines(name: string, compiler: Compiler, folders: Folders): string[] {
  const { matches, metadata } = completeCell(compiler, folders, name, name.length);
  const offered = metadata._jupyter_types_experimental.filter((_, i) => matches[i] === name);
  const modules = offered.flatMap(({ module }) => module ?? []);
  const own = modules.filter((module) => module.startsWith('.'));
  const lines = (own.length ? own : modules).map((module) => `import { ${name} } from '${module}';`);
  return [...lines, ...(name in WHOLE ? [`import * as ${name} from '${WHOLE[name]}';`] : [])].slice(0, MOST);
}

/** The name that TypeScript did not find, if that is what its message says. */
export const missingName = (message: string): string | undefined => /^Cannot find name '([\w$]+)'/.exec(message)?.[1];
