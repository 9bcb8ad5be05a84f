import { findSourceMap } from 'node:module';
import { type Cell, readableFrames, withoutScope } from './failure.ts';
import type { Folders } from '../modules/folders.ts';

/**
 * Lets `error.stack`, and so what is logged of an error, tell the lines of cells and of `src/` as a failed cell does.
 * A package that wants its stacks in a shape of its own sets `Error.prepareStackTrace` as ever, over this one.
 * @param cells by number
 */
export function writeReadableStacks(cells: ReadonlyMap<number, Cell>, folders: Folders): void {
  Error.prepareStackTrace = (error, sites) => {
    const head = headOf(error);
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

/** What Node.js writes above the frames; its own errors have their code beside their name. */
function headOf(error: Error): string {
  try {
    const own = Object.getOwnPropertySymbols(error).some(({ description }) => description === 'kIsNodeError');
    const { name, message, code } = error as NodeJS.ErrnoException;
    return own ? `${name} [${code}]: ${message}` : Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

/** A frame with its position in the source; whoever prepares stacks has to read source maps. */
function inSource(site: NodeJS.CallSite): string {
  const text = String(site);
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  if (!file || file.startsWith('node:') || !line || !column) return text;
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (!entry || !('originalLine' in entry)) return text;
  return text.replace(`:${line}:${column}`, `:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
}
