import { completeCell } from './completion.ts';
import type { Compiler } from '../compile/compiler.ts';
import type { Folders } from '../modules/folders.ts';
import { isDoor } from '../modules/doors.ts';
import { NAMESPACES } from '../modules/module-names.ts';

const MOST = 3;

/**
 * Writes the lines that would import a name that a cell uses without an import, or asks the wrong door for; none if
 * nothing exports it.
 */
export function importLines(name: string, compiler: Compiler, folders: Folders): string[] {
  const { matches, metadata } = completeCell(compiler, folders, name, name.length);
  const offered = metadata._jupyter_types_experimental.filter((_, i) => matches[i] === name);
  const modules = offered.flatMap(({ module }) => module ?? []);
  const own = modules.filter((module) => module.startsWith('.') || isDoor(module));
  const lines = (own.length ? own : modules).map((module) => `import { ${name} } from '${module}';`);
  return [...lines, ...(name in NAMESPACES ? [`import * as ${name} from '${NAMESPACES[name]}';`] : [])].slice(0, MOST);
}

/** Gives the name that TypeScript did not find, in the cell, in Graft or in a module of the project, if its message says so. */
export const missingName = (message: string): string | undefined =>
  (/^Cannot find name '([\w$]+)'/.exec(message) ??
    /^Module '"(?:\.{1,2}\/|graft-ml["/]).*' has no exported member (?:named )?'([\w$]+)'/.exec(message) ??
    /^'"(?:\.{1,2}\/|graft-ml["/]).*' has no exported member named '([\w$]+)'/.exec(message))?.[1];
