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
  const types = metadata._jupyter_types_experimental.map(({ type }) => /^from (.+)/.exec(type)?.[1]);
  const modules = types.filter((module, i): module is string => module !== undefined && matches[i] === name);
  const whole = name in WHOLE ? [`import * as ${name} from '${WHOLE[name]}';`] : [];
  return [...modules.filter((module) => module.startsWith('.')), ...modules.filter((module) => !module.startsWith('.'))]
    .map((module) => `import { ${name} } from '${module}';`)
    .concat(whole)
    .slice(0, MOST);
}

/** The name that TypeScript did not find, if that is what its message says. */
export const missingName = (message: string): string | undefined => /^Cannot find name '([\w$]+)'/.exec(message)?.[1];
