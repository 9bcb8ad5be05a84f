import { existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { temporaryName } from '../files/put.ts';
import { makeFolderOf, replaceFile } from '../files/replace-file.ts';
import { readSealed, writeSealed } from '../files/sealed-json.ts';
import { isCommit } from './name.ts';
import { isOn } from './settings.ts';

/** A file of a repository at one commit, which is the same for ever. */
export interface HubFile {
  readonly repository: string;
  readonly commit: string;
  readonly file: string;
}

/**
 * Gives the folder of Hugging Face's cache, which Python's `huggingface_hub` shares: `HF_HUB_CACHE`, else `hub` in
 * `HF_HOME`, else `~/.cache/huggingface/hub`. It holds `models--org--name/` with `refs/` (the commit of a branch at the
 * last look), `blobs/` (files by their checksum) and `snapshots/<commit>/` (links to the blobs, by the files' names).
 */
export function hubCache(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  const home = HF_HOME || path.join(XDG_CACHE_HOME || '~/.cache', 'huggingface');
  const folder = HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || path.join(home, 'hub');
  return path.resolve(folder.replace(/^~(?=$|[/\\])/, os.homedir()));
}

/** Gives a repository's folder in the cache. */
export const repositoryFolder = (repository: string): string =>
  path.join(hubCache(), `models--${repository.replace('/', '--')}`);

/** Gives the path where a file of a snapshot lies, or would lie. */
export const snapshotFile = ({ repository, commit, file }: HubFile): string =>
  path.join(repositoryFolder(repository), 'snapshots', commit, ...file.split('/'));

/** Gives the path where a blob lies, or would lie. */
export const blobFile = (repository: string, blob: string): string =>
  path.join(repositoryFolder(repository), 'blobs', blob);

/** Gives the path of the note that a repository has no such file at a commit. */
const absentFile = ({ repository, commit, file }: HubFile): string =>
  path.join(repositoryFolder(repository), '.no_exist', commit, ...file.split('/'));

/** Gives a revision's commit at the last look; a commit is itself. @returns undefined if nobody has looked */
export function cachedCommit(repository: string, revision = 'main'): string | undefined {
  if (isCommit(revision)) return revision;
  const file = path.join(repositoryFolder(repository), 'refs', ...revision.split('/'));
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const commit = readFileSync(file, 'utf8').trim();
  return isCommit(commit) ? commit : undefined;
}

/** Records a revision's present commit. */
export function noteCommit(repository: string, revision: string, commit: string): void {
  if (isCommit(revision) || cachedCommit(repository, revision) === commit) return;
  const file = path.join(repositoryFolder(repository), 'refs', ...revision.split('/'));
  makeFolderOf(file);
  replaceFile(file, commit);
}

/** Gives a file of a snapshot, if the cache has it. */
export function cachedFile(file: HubFile): string | undefined {
  const found = snapshotFile(file);
  return existsSync(found) ? found : undefined;
}

/** Whether it is known that a repository has a file at a commit, or that it does not. */
export const isKnownFile = (file: HubFile): boolean => existsSync(snapshotFile(file)) || existsSync(absentFile(file));

/** Records that a repository has no such file. */
export function noteAbsent(file: HubFile): void {
  const noted = absentFile(file);
  if (existsSync(noted)) return;
  makeFolderOf(noted);
  replaceFile(noted, '');
}

/** Gives the path of the list of a repository's files at a commit, whichever of them are here. */
const listFile = (repository: string, commit: string): string =>
  path.join(repositoryFolder(repository), '.graft', `${commit}.json`);

/**
 * Lists the names of all files that a repository has at a commit; undefined if nobody has asked for or recorded them.
 */
export function listedNames(repository: string, commit: string): readonly string[] | undefined {
  try {
    return readSealed<{ readonly files: readonly string[] }>(listFile(repository, commit)).files;
  } catch {
    return undefined;
  }
}

/** Records which files a repository has at a commit, so that the meaning of its name does not depend on the cache. */
export function noteNames(repository: string, commit: string, files: readonly string[]): void {
  if (listedNames(repository, commit)) return;
  try {
    makeFolderOf(listFile(repository, commit));
    writeSealed(listFile(repository, commit), { files: [...files].sort() });
  } catch {
    // the cache cannot be written: then the file has to be named
  }
}

/** Lists the names of a snapshot's files and folders that the cache has. */
export function cachedNames(repository: string, commit: string): string[] {
  const folder = path.join(repositoryFolder(repository), 'snapshots', commit);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => existsSync(path.join(folder, name))).map((name) => name.split(path.sep).join('/'));
}

const IN_CACHE = /^(.*)[\\/](models--[^\\/]+)[\\/]snapshots[\\/]([0-9a-f]{40})[\\/](.+)$/s;

/** Identifies a file in a hub's cache by its path; undefined for any other file. */
export function hubFileOf(file: string): HubFile | undefined {
  const [, , folder, commit, name] = IN_CACHE.exec(path.resolve(file)) ?? [];
  const parts = folder?.split('--').slice(1);
  if (parts?.length !== 2) return undefined;
  return { repository: parts.join('/'), commit, file: name.split(path.sep).join('/') };
}

/**
 * Lists where a snapshot's files really lie: in their repository's blobs, or in those that repositories share (Xet).
 */
export function blobFolders(file: string): string[] {
  const [, cache, folder] = IN_CACHE.exec(path.resolve(file)) ?? [];
  return folder === undefined ? [] : [path.join(cache, folder, 'blobs'), path.join(cache, 'blobs')];
}

/** Puts a link to a blob into a snapshot, relative, so that the cache can be moved; an existing one is replaced. */
export function linkBlob(file: HubFile, blob: string): void {
  const link = snapshotFile(file);
  makeFolderOf(link);
  const temporary = temporaryName(link);
  symlinkSync(path.relative(path.dirname(link), blobFile(file.repository, blob)), temporary);
  renameSync(temporary, link);
}

/** Whether files of a snapshot can be links: not on every disk, and not if `HF_HUB_DISABLE_SYMLINKS` is set. */
export function canLink(repository: string): boolean {
  if (isOn('HF_HUB_DISABLE_SYMLINKS')) return false;
  const probe = temporaryName(path.join(repositoryFolder(repository), 'blobs', 'link'));
  makeFolderOf(probe);
  try {
    symlinkSync('nothing', probe);
    return true;
  } catch (error) {
    if (/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EINVAL)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    rmSync(probe, { force: true });
  }
}
