import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { download, type DownloadOptions, isDownloaded } from '../downloads/download.ts';
import { lock } from '../files/lock.ts';
import { blobFile, canLink, hubCache, linkBlob, repositoryFolder, snapshotFile } from './cache.ts';
import { explainRefusal, type HubInfo, remoteFile } from './hub-client.ts';

/**
 * Brings a file of a repository into the cache, unless it is already there as the hub describes it. If several
 * processes do so, one fetches it.
 * @param file one of `info.files`
 * @returns its path in its snapshot
 * @throws Error as {@link download} does, and if the hub refuses it
 */
export async function fetchHubFile(info: HubInfo, file: string, options: DownloadOptions): Promise<string> {
  const { repository, commit } = info;
  const known = info.files.get(file)!;
  const remote = remoteFile(info, file, known);
  const named = { repository, commit, file };
  const pointer = snapshotFile(named);
  if (await isDownloaded(pointer, remote)) return pointer;
  const locks = path.join(hubCache(), '.locks', path.basename(repositoryFolder(repository)));
  mkdirSync(locks, { recursive: true });
  const unlock = await lock(path.join(locks, `${known.blob}.graft`), { signal: options.signal, everywhere: true });
  try {
    const plain = lstatSync(pointer, { throwIfNoEntry: false })?.isFile() || !canLink(repository);
    const progress = options.onProgress;
    await download(remote, plain ? pointer : blobFile(repository, known.blob), {
      ...options,
      onProgress: progress && ((at) => progress({ ...at, file: path.basename(file) })),
      explain: (answer) => explainRefusal({ repository, revision: commit }, answer),
    });
    if (!plain) linkBlob(named, known.blob);
    return pointer;
  } finally {
    unlock();
  }
}
