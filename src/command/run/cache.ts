import path from 'node:path';
import { dataFolder, shortPath } from '../../project.ts';
import { type CacheEntry, listCache, pruneCache } from '../../storage/rows/cache.ts';
import { isUri } from '../../storage/places/place.ts';
import { mergeCache, type Merged, type Upkeep, verifyCache, type Verified } from '../../storage/rows/upkeep.ts';
import { mixedVersions, versionsText } from '../../storage/rows/versions.ts';
import type { flags } from '../cache.mjs';
import type { Run } from '../line/command.mjs';

export const run: Run<typeof flags> = async (values, { signal }) => {
  const { cache: root = path.join(dataFolder(), 'features'), 'older-than': olderThanDays, 'max-size': size } = values;
  if (isUri(root))
    throw new Error(
      `--cache: expected a folder; got ${root}. Graft itself keeps what it brings from places below GRAFT_CACHE_LIMIT; ` +
        'remove what lies there with the tools of that place (aws s3 rm --recursive).',
    );
  const maxBytes = size === undefined ? undefined : size * 1e9;
  const removed = await pruneCache(root, { olderThanDays, maxBytes });
  const verified = values.verify && (await verifyCache(root, { signal }));
  const merged = values.merge && (await mergeCache(root, { signal }));
  const kept = listCache(root);
  const bytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
  const text = [
    ...removed.map((entry) => `removed ${line(entry)}`),
    ...(verified ?? []).map(
      (done) =>
        `${nameOf(done)}: ${'skipped' in done ? `not verified: ${done.skipped}` : `${foundIn(done)}${madeBy(done)}`}`,
    ),
    ...(merged ?? []).map(
      (done) => `${nameOf(done)}: ${'skipped' in done ? `not merged: ${done.skipped}` : madeOf(done)}`,
    ),
    ...kept.map(line),
    `${kept.length} sets of features, ${gigabytes(bytes)}, in ${shortPath(root)}`,
  ];
  return {
    text: text.join('\n'),
    json: { kept, removed, bytes, ...(verified && { verified }), ...(merged && { merged }) },
  };
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 2)} GB`;
const count = (n: number, what: string): string => `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
const nameOf = ({ entry }: Upkeep<unknown>): string => path.basename(entry.folder);

function line(entry: CacheEntry): string {
  const lastUse = entry.lastUse.toISOString().slice(0, 16).replace('T', ' ');
  return `${gigabytes(entry.bytes).padStart(9)}  ${lastUse}  ${about(entry)}`;
}

/** Says what a set belongs to, and where it lies. */
function about({ folder, manifest, pieces, rows, versions }: CacheEntry): string {
  const where = `(${path.basename(folder)})`;
  const { network, cut, precision, kernel } = (manifest ?? {}) as Record<string, string>;
  const what = manifest ? `${network} to ${cut}, ${precision}, ${kernel}` : 'manifest not readable';
  const mixed = versions.length > 1 && mixedVersions(versions) ? ', of mixed versions' : '';
  return `${what}; ${count(rows, 'row')} in ${count(pieces, 'piece')}${mixed} ${where}`;
}

/** Says which versions made a set's rows. */
const madeBy = ({ entry: { versions } }: Upkeep<unknown>): string =>
  versions.length ? `; ${mixedVersions(versions) || `made by ${versionsText(versions)}`}` : '';

function foundIn({ rows, damaged, files, broken, left }: Verified): string {
  const parts = [
    ...(files.length ? [`${damaged} damaged, in ${names(files)}`] : []),
    ...(broken.length ? [`not whole: ${names(broken)}`] : []),
  ];
  const stay = left.map(({ file, reason }) => `; left as it is: ${path.basename(file)} (${reason})`).join('');
  if (!parts.length) return `${count(rows, 'row')} verified, all whole${stay}`;
  return `${count(rows, 'row')} verified; ${parts.join('; ')}; set aside for a day (.aside), and computed again when they are needed${stay}`;
}

const names = (files: readonly string[]): string => files.map((file) => path.basename(file)).join(', ');

function madeOf({ before, after, dropped }: Merged): string {
  if (before === after) return `${count(before, 'piece')}, nothing to merge`;
  return `${count(before, 'piece')} merged into ${after}${dropped ? `; ${dropped} held nothing of their own` : ''}`;
}
