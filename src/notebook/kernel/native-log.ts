import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';

const MOST = 4000; // bytes shown

/** What native libraries (TensorFlow, ONNX Runtime) write to file descriptor 2. */
export interface NativeLog {
  /** How the log of the kernel before this one ended, where that was killed or crashed. */
  readonly lastWords?: string;
  /** A cell begins. */
  mark(): void;
  /** What was written since the cell began; the end of it where it is long. */
  sinceMark(): string;
}

/**
 * Keeps file descriptor 2 in a file, to be shown when a cell fails; Jupyter would send it to the server's terminal,
 * where nobody looks. The file stays where the kernel is killed or crashes, so that the next one can show how it ended.
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
    openSync(file, 'a+'); // takes the lowest free descriptor, 2; at this point no other thread opens files
    closeSync(log);
  } catch {
    return { lastWords, mark() {}, sinceMark: () => '' };
  }
  writeSync(2, `kernel ${process.pid} started at ${new Date().toISOString()}\n`);
  process.on('exit', () => rmSync(file, { force: true }));
  let mark = 0;
  return {
    lastWords,
    mark() {
      mark = fstatSync(2).size;
    },
    sinceMark() {
      const { size } = fstatSync(2);
      const bytes = Buffer.alloc(Math.min(MOST, size - mark));
      readSync(2, bytes, 0, bytes.length, size - bytes.length); // not by its name, which a kernel that ends has removed
      return bytes.toString('utf8');
    },
  };
}

/** Packages that hand work to a native library, and Graft's file that speaks for the process of ONNX Runtime. */
const NATIVE = /node_modules[\\/](@tensorflow[\\/]tfjs-node|onnxruntime-node|sharp)|runtime[\\/]onnx-session\.ts/;

/**
 * Whether an error, or what caused it, comes from a native library: then what such libraries wrote may tell more. Under
 * any other it would be a false trail.
 */
export function isNative(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const [first = ''] = (error.stack ?? '').split('\n').filter((line) => /^\s+at (?!.*node:internal)/.test(line));
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_DLOPEN_FAILED' || NATIVE.test(first) || isNative(error.cause);
}
