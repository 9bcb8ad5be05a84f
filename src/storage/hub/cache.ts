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
 * Hugging Face's cache, which Python's `huggingface_hub` shares: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else
 * `~/.cache/huggingface/hub`. In it `models--org--name/` with `refs/` (what a branch was at the last look), `blobs/`
 * (files by their checksum) and `snapshots/<commit>/` (links to those, by the files' names).
 */
export function hubCache(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  const home = HF_HOME || path.join(XDG_CACHE_HOME || '~/.cache', 'huggingface');
  const folder = HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || path.join(home, 'hub');
  return path.resolve(folder.replace(/^~(?=$|[/\\])/, os.homedir()));
}

/** A repository's folder in the cache. */
export const repositoryFolder = (repository: string): string =>
  path.join(hubCache(), `models--${repository.replace('/', '--')}`);

/** Where a file of a snapshot lies, or would lie. */
export const snapshotFile = ({ repository, commit, file }: HubFile): string =>
  path.join(repositoryFolder(repository), 'snapshots', commit, ...file.split('/'));

/** Where a blob lies, or would lie. */
export const blobFile = (repository: string, blob: string): string =>
  path.join(repositoryFolder(repository), 'blobs', blob);

/** Where it is noted that a repository has no such file at a commit. */
const absentFile = ({ repository, commit, file }: HubFile): string =>
  path.join(repositoryFolder(repository), '.no_exist', commit, ...file.split('/'));

/** The commit that a revision was at the last look; a commit is itself. @returns undefined where nobody looked */
export function cachedCommit(repository: string, revision = 'main'): string | undefined {
  if (isCommit(revision)) return revision;
  const file = path.join(repositoryFolder(repository), 'refs', ...revision.split('/'));
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const commit = readFileSync(file, 'utf8').trim();
  return isCommit(commit) ? commit : undefined;
}

/** Writes down what a revision is at present. */
export function noteCommit(repository: string, revision: string, commit: string): void {
  if (isCommit(revision) || cachedCommit(repository, revision) === commit) return;
  const file = path.join(repositoryFolder(repository), 'refs', ...revision.split('/'));
  makeFolderOf(file);
  replaceFile(file, commit);
}

/** A file of a snapshot, where the cache has it. */
export function cachedFile(file: HubFile): string | undefined {
  const found = snapshotFile(file);
  return existsSync(found) ? found : undefined;
}

/** Whether it is known, one way or the other, if a repository has a file at a commit. */
export const isKnownFile = (file: HubFile): boolean => existsSync(snapshotFile(file)) || existsSync(absentFile(file));

/** Writes down that a repository has no such file. */
export function noteAbsent(file: HubFile): void {
  const noted = absentFile(file);
  if (existsSync(noted)) return;
  makeFolderOf(noted);
  replaceFile(noted, '');
}

/** Where it is noted which files a repository has at a commit, whichever of them are here. */
const listFile = (repository: string, commit: string): string =>
  path.join(repositoryFolder(repository), '.graft', `${commit}.json`);

/** The names of all files that a repository has at a commit; undefined where nobody asked, or noted it. */
export function listedNames(repository: string, commit: string): readonly string[] | undefined {
  try {
    return readSealed<{ readonly files: readonly string[] }>(listFile(repository, commit)).files;
  } catch {
    return undefined;
  }
}

/** Writes down which files a repository has at a commit, so that what is meant by its name does not hang on the cache. */
export function noteNames(repository: string, commit: string, files: readonly string[]): void {
  if (listedNames(repository, commit)) return;
  try {
    makeFolderOf(listFile(repository, commit));
    writeSealed(listFile(repository, commit), { files: [...files].sort() });
  } catch {
    // a cache that cannot be written: the file is to be named then
  }
}

/** The names of a snapshot's files and folders that the cache has. */
export function cachedNames(repository: string, commit: string): string[] {
  const folder = path.join(repositoryFolder(repository), 'snapshots', commit);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => existsSync(path.join(folder, name))).map((name) => name.split(path.sep).join('/'));
}

const IN_CACHE = /^(.*)[\\/](models--[^\\/]+)[\\/]snapshots[\\/]([0-9a-f]{40})[\\/](.+)$/s;

/** What a file in a hub's cache is, by its path; undefined for any other file. */
export function hubFileOf(file: string): HubFile | undefined {
  const [, , folder, commit, name] = IN_CACHE.exec(path.resolve(file)) ?? [];
  const parts = folder?.split('--').slice(1);
  if (parts?.length !== 2) return undefined;
  return { repository: parts.join('/'), commit, file: name.split(path.sep).join('/') };
}

/** Where the files of a snapshot really lie: in their repository's blobs, or in those that repositories share (Xet). */
export function blobFolders(file: string): string[] {
  const [, cache, folder] = IN_CACHE.exec(path.resolve(file)) ?? [];
  return folder === undefined ? [] : [path.join(cache, folder, 'blobs'), path.join(cache, 'blobs')];
}

/** Puts a link to a blob into a snapshot, relative, so that the cache can be moved; one that is there is replaced. */
export function linkBlob(file: HubFile, blob: string): void {
  const link = snapshotFile(file);
  makeFolderOf(link);
  const temporary = temporaryName(link);
  symlinkSync(path.relative(path.dirname(link), blobFile(file.repository, blob)), temporary);
  renameSync(temporary, link);
}

/** Whether files of a snapshot can be links: not on every disk, and not where `HF_HUB_DISABLE_SYMLINKS` is set. */
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
