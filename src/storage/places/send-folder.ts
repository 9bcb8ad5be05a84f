import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isUri, openPlace } from './place.ts';

/**
 * Writes a folder. For `s3://…` it is written locally first, then its files are put there, one of them last: whoever
 * finds that one finds all.
 * @param last the file that completes it
 * @param write writes into a folder
 * @throws Error if the last one is there: nothing is overwritten at a place
 */
export async function writeFolder<T>(
  target: string,
  last: string,
  write: (folder: string) => T | Promise<T>,
): Promise<T> {
  if (!isUri(target)) return write(target);
  await checkVacant(target, last);
  const place = await openPlace(target);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'graft-'));
  try {
    const result = await write(folder);
    for (const name of readdirSync(folder))
      if (name !== last) await place.putIfAbsent(name, { file: path.join(folder, name) });
    if (!(await place.putIfAbsent(last, { file: path.join(folder, last) }))) throw taken(target, last);
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Checks before the work what {@link writeFolder} would check after it. @throws Error if the last file is there */
export async function checkVacant(target: string, last: string): Promise<void> {
  if (isUri(target) && (await (await openPlace(target)).head(last))) throw taken(target, last);
}

const taken = (target: string, last: string): Error =>
  new Error(
    `${target}: expected a place without ${last}; there is one. Nothing is overwritten at a place: name another one, or ` +
      'remove it first.',
  );
