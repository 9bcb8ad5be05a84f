import { findSourceMap } from 'node:module';
import { type Cell, readableFrames, withoutScope } from './failure.ts';
import type { Folders } from '../modules/folders.ts';

const LEXER = 'cjsPreparseModuleExports';

/**
 * Makes `error.stack`, and so logged errors, name the lines of cells and of `src/`, as a failed cell does. A package
 * that wants its stacks in another form sets `Error.prepareStackTrace` as usual, in place of this one.
 * @param cells the cells by number
 */
export function writeReadableStacks(cells: ReadonlyMap<number, Cell>, folders: Folders): void {
  Error.prepareStackTrace = (error, sites) => {
    const head = headOf(error);
    // by this frame tsx knows that Node.js looks for the names that a CommonJS package exports, like TensorFlow.js' 500
    if (sites.some((site) => site.getFunctionName() === LEXER))
      return [head, ...sites.map((site) => `    at ${site}`)].join('\n');
    const frames = readableFrames(
      error,
      sites.map((site) => `    at ${inSource(site)}`),
      cells,
      folders,
    );
    const inCell = frames.some((frame) => /cell \[\d+\]/.test(frame));
    return [inCell ? withoutScope(head) : head, ...frames].join('\n');
  };
}

/** Writes the line that Node.js puts above the frames; its own errors have their code beside their name. */
function headOf(error: Error): string {
  try {
    const own = Object.getOwnPropertySymbols(error).some(({ description }) => description === 'kIsNodeError');
    const { name, message, code } = error as NodeJS.ErrnoException;
    return own ? `${name} [${code}]: ${message}` : Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

/** Writes a frame with its position in the source; code that prepares stacks has to read source maps itself. */
function inSource(site: NodeJS.CallSite): string {
  const text = String(site);
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  if (!file || file.startsWith('node:') || !line || !column) return text;
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (!entry || !('originalLine' in entry)) return text;
  return text.replace(`:${line}:${column}`, `:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
}
