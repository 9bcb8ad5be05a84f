import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isHeld } from './lock.ts';

/** Features kept on disk, one folder. */
export interface CachedFeatures {
  readonly folder: string;
  /** What they belong to, as `manifest.json` has it; undefined where it cannot be read. */
  readonly manifest: Readonly<Record<string, unknown>> | undefined;
  /** On disk. */
  readonly bytes: number;
  /** When a run last opened them. */
  readonly lastUse: Date;
}

/** Everything that is kept, used last first. */
export function listCache(root: string): CachedFeatures[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => path.join(root, name))
    .filter((folder) => existsSync(path.join(folder, 'manifest.json')))
    .map((folder) => ({
      folder,
      manifest: readManifest(folder),
      bytes: readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0),
      lastUse: statSync(path.join(folder, 'manifest.json')).mtime,
    }))
    .sort((a, b) => b.lastUse.getTime() - a.lastUse.getTime());
}

export interface PruneOptions {
  /** Removes what no run has used for this many days. */
  readonly olderThanDays?: number;
  /** Then removes what was used longest ago until so many bytes are left. */
  readonly maxBytes?: number;
}

/**
 * Removes features by age or size; what a running process is writing stays.
 * @returns what was removed
 */
export function pruneCache(root: string, { olderThanDays, maxBytes }: PruneOptions): CachedFeatures[] {
  for (const [name, value] of Object.entries({ olderThanDays, maxBytes })) {
    if (value !== undefined && !(value >= 0)) throw new RangeError(`${name}: expected a number from 0; got ${value}.`);
  }
  const now = Date.now();
  let kept = 0;
  return listCache(root).filter(({ folder, bytes, lastUse }) => {
    const old = olderThanDays !== undefined && now - lastUse.getTime() > olderThanDays * 86_400_000;
    const large = maxBytes !== undefined && kept + bytes > maxBytes;
    if ((!old && !large) || isHeld(path.join(folder, 'lock'))) {
      kept += bytes;
      return false;
    }
    // gone at once for whoever looks, whatever happens while its files are removed
    const aside = `${folder}.${process.pid}.pruned`;
    renameSync(folder, aside);
    rmSync(aside, { recursive: true, force: true });
    return true;
  });
}

function readManifest(folder: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as unknown;
    return typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest) ? (manifest as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
