import { readFileSync, writeSync } from 'node:fs';
import { leadInto } from './lead-into.ts';

const MOST = 4000; // bytes shown

/**
 * Keeps the output of native libraries (TensorFlow, ONNX Runtime) to file descriptor 2 in a file, which descriptors.ts
 * shows below the cells; Jupyter would send it to the server's terminal, where nobody looks. The file stays if the
 * kernel is killed or crashes, so that the next one can show how it ended.
 * @param file the file, which belongs to this kernel and to those that Jupyter restarts in its place
 * @returns the end of the previous kernel's log, if that kernel was killed or crashed
 */
export function startNativeLog(file: string): string | undefined {
  let lastWords: string | undefined;
  try {
    lastWords = readFileSync(file, 'utf8').slice(-MOST);
  } catch {
    // there was no previous kernel, or it ended well
  }
  if (leadInto(2, file)) writeSync(2, `kernel ${process.pid} started at ${new Date().toISOString()}\n`);
  return lastWords;
}
