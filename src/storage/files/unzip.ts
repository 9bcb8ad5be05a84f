import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shortPath } from '../../project.ts';
import { listZip, unpackTo } from './zip.ts';

/** The most bytes that an archive may unpack to. */
const MOST = 2 ** 31;

/** A folder that is there for a while. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/** Makes a folder for files that are of use for a while. */
export function temporaryFolder(): TemporaryFolder {
  const made = mkdtempSync(path.join(os.tmpdir(), 'graft-'));
  return { path: made, remove: () => rmSync(made, { recursive: true, force: true }) };
}

/**
 * Unpacks an archive into a temporary folder.
 * @param options.wanted chooses its files by name @default all of them
 * @throws Error naming the archive: it is damaged, leads out of its folder, or unpacks to more than 2 GiB; nothing is left
 */
export async function unzip(
  archive: string,
  { wanted = () => true }: { readonly wanted?: (name: string) => boolean } = {},
): Promise<TemporaryFolder> {
  const refused = (what: string, cause?: unknown): Error =>
    new Error(`${shortPath(archive)}: expected a ZIP archive that can be unpacked; it is one ${what}.`, { cause });
  const all = await listZip(archive).catch((cause: Error) => {
    throw refused(cause.message, cause);
  });
  const entries = all.filter(({ name }) => wanted(name));
  const out = all.find(
    ({ name }) => path.isAbsolute(name) || name.split(/[\\/]/).includes('..') || name.includes('\0'),
  );
  if (out) throw refused(`that leads out of its folder: ${JSON.stringify(out.name)}`);
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST)
    throw refused(`that unpacks to ${bytes.toLocaleString('en-US')} bytes, more than ${MOST.toLocaleString('en-US')}`);
  const folder = temporaryFolder();
  try {
    for (const entry of entries) {
      const file = path.join(folder.path, entry.name);
      if (entry.name.endsWith('/')) continue;
      mkdirSync(path.dirname(file), { recursive: true });
      await unpackTo(archive, entry, file);
    }
    return folder;
  } catch (cause) {
    folder.remove();
    throw refused(`that is damaged: ${(cause as Error).message}`, cause);
  }
}
