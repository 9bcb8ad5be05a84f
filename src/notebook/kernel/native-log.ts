import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

const MOST = 4000; // bytes shown

/** What is left of what a kernel wrote to file descriptor 2. */
export interface NativeLog {
  /** How the log of the kernel before this one ended, where that was killed or crashed. */
  readonly lastWords?: string;
}

/**
 * Keeps file descriptor 2 in a file, which descriptors.ts shows below the cells; Jupyter would send it to the server's
 * terminal, where nobody looks. The file stays where the kernel is killed or crashes, so that the next one can show how it ended.
 * @param file belongs to this kernel and the ones that Jupyter restarts in its place
 */
export function startNativeLog(file: string): NativeLog {
  let lastWords: string | undefined;
  try {
    lastWords = readFileSync(file, 'utf8').slice(-MOST);
  } catch {
    // there was none before, or it ended well
  }
  try {
    const log = openSync(file, 'w', 0o600);
    closeSync(2);
    openSync(file, 'a'); // takes the lowest free descriptor, 2; at this point no other thread opens files
    closeSync(log);
  } catch {
    return { lastWords };
  }
  writeSync(2, `kernel ${process.pid} started at ${new Date().toISOString()}\n`);
  process.on('exit', () => rmSync(file, { force: true }));
  return { lastWords };
}
