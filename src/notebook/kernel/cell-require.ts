import { createRequire } from 'node:module';
import path from 'node:path';
import type { Folders } from './folders.ts';

/** Loads a module for a cell. */
export type CellRequire = (specifier: string) => unknown;

/**
 * Loads modules as `import` in a cell asks for them: relative ones from the notebook's own folder, else from the
 * project's root; packages from the project, else from the notebook's own `node_modules`, so that there is one
 * TensorFlow.js.
 * @param adapt gets each module by what the cell calls it, and gives what the cell gets
 */
export function createCellRequire(
  { notebook, root }: Folders,
  adapt: (specifier: string, module: unknown) => unknown,
): CellRequire {
  const [own, project] = [notebook, root].map((folder) => createRequire(path.join(folder, 'cell.js')));
  return (specifier) => {
    const [first, second] = specifier.startsWith('.') ? [own, project] : [project, own];
    return adapt(
      specifier,
      (canResolve(first, specifier) ? first : canResolve(second, specifier) ? second : first)(specifier),
    );
  };
}

function canResolve(require: NodeJS.Require, specifier: string): boolean {
  try {
    require.resolve(specifier);
    return true;
  } catch {
    return false;
  }
}
