import { fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { latestCell } from '../run/cell-context.ts';
import { leadInto } from './lead-into.ts';

/** Output to file descriptors 1 and 2 that bypasses Node.js' streams: of native libraries, `writeSync`, children. */
export interface Descriptors {
  /**
   * Shows what has been written below the cell that began last; called before anything else is shown, to keep the
   * order.
   */
  show(): void;
  /** Writes a line to where descriptor 1 originally led: the terminal of Jupyter's server. */
  tellServer(line: string): void;
}

const EVERY_MS = 100;
const CHUNK = 65_536;
/** What TensorFlow's library logs for its makers while it is loaded, whatever TF_CPP_MIN_LOG_LEVEL says. */
const GREETING =
  /^(?:WARNING: All log messages before absl::InitializeLog|[IW]\d{4} [\d:.]+ +\d+ [\w/]+\.cc:\d+\]).*\n/gm;
/** Bytes shown after which the file is emptied. */
const MOST_KEPT = 2 ** 24;

/**
 * Redirects descriptor 1 into a file, as descriptor 2 (native-log.ts), and reads both. A pipe would not do: it would
 * fill up while this thread, its reader, waits for the very child that writes into it.
 * @param files the files that the descriptors write into
 */
export function readDescriptors(files: { readonly stdout: string; readonly stderr: string }): Descriptors {
  const server = open('/dev/fd/1', 'a'); // the original, if the system has a name for it
  leadInto(1, files.stdout);
  const sources = (['stdout', 'stderr'] as const).flatMap((name) => {
    const file = open(files[name], name === 'stdout' ? 'r+' : 'r');
    if (file === undefined) return [];
    return { name, file, at: fstatSync(file).size, decoder: new StringDecoder('utf8') };
  });
  const bytes = Buffer.alloc(CHUNK);
  const show = (): void => {
    for (const source of sources) {
      const { size } = fstatSync(source.file);
      while (source.at < size) {
        const read = readSync(source.file, bytes, 0, CHUNK, source.at);
        if (!read) break;
        source.at += read;
        const text = source.decoder.write(bytes.subarray(0, read)).replace(GREETING, '');
        if (text) latestCell()?.write(source.name, text);
      }
      if (source.name === 'stdout' && source.at > MOST_KEPT) {
        ftruncateSync(source.file);
        source.at = 0;
      }
    }
  };
  setInterval(show, EVERY_MS).unref();
  return { show, tellServer: (line) => void writeSync(server ?? 1, `${line}\n`) };
}

function open(file: string, flags: string): number | undefined {
  try {
    return openSync(file, flags, 0o600);
  } catch {
    return undefined; // a folder without write permission, a socket
  }
}
