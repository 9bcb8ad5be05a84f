/** A model's repository on a hub, and a part of it. */
export interface HubName {
  /** `organization/name`. */
  readonly repository: string;
  /** A branch, a tag or a commit; undefined for the branch `main`. */
  readonly revision?: string;
  /** A path in the repository, with `/`. */
  readonly file?: string;
}

export type HubText = `hf:${string}`;

/** Whether a name refers to something on a hub. */
export const isHubName = (name: string): name is HubText => name.startsWith('hf:');

/**
 * Reads `hf:org/name[@revision][/file]`. A revision that contains a `/` is written with `%2F`, except for the hub's own
 * `refs/pr/1` and `refs/convert/…` (as in Python's `HfFileSystem`).
 * @throws RangeError saying what was expected
 */
export function readHubName(name: HubText): HubName {
  const [, repository, rest] = /^hf:(?:\/\/)?([^/@]*\/[^/@]*)(.*)$/s.exec(name) ?? [];
  const [, revision, file] =
    /^(?:@(refs\/(?:pr|convert)\/[^/]*|[^/]*))?(?:\/(.*))?$/s.exec(rest ?? '') ?? ([] as (string | undefined)[]);
  if (repository === undefined || !isRepository(repository) || (rest && revision === undefined && file === undefined))
    throw new RangeError(
      `expected hf:org/name, hf:org/name@revision or hf:org/name/folder/file.onnx; got ${JSON.stringify(name)}.`,
    );
  return {
    repository,
    ...(revision !== undefined && { revision: checkRevision(decoded(revision)) }),
    ...(file !== undefined && { file: checkFile(file) }),
  };
}

/** Writes the same in one line. */
export const hubText = ({ repository, revision, file }: HubName): HubText =>
  `hf:${repository}${revision === undefined ? '' : `@${shown(revision)}`}${file === undefined ? '' : `/${file}`}`;

/** Whether a revision is a commit's hash, which names the same content for ever. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** @throws RangeError if it is not a branch, tag or commit */
export function checkRevision(revision: string): string {
  if (!isPath(revision) || /[\s~^:?*[\]]/.test(revision))
    throw new RangeError(`revision: expected a branch, a tag or a commit; got ${JSON.stringify(revision)}.`);
  return revision;
}

/** @throws RangeError if it is not the path of a file in a repository */
export function checkFile(file: string): string {
  if (!isPath(file))
    throw new RangeError(
      `file: expected a path in the repository, like onnx/model.onnx; got ${JSON.stringify(file)}. Nothing outside of its folder is read or written.`,
    );
  return file;
}

/** Whether a path stays below the folder that it is relative to, on every system. */
export const isPath = (text: string): boolean =>
  // eslint-disable-next-line no-control-regex
  !/[\\\u0000-\u001f\u007f]|^[a-z]:/i.test(text) && text.split('/').every((part) => !/^\.{0,2}$/.test(part));

/** Checks the hub's own rule (huggingface_hub, utils/_validators.py); `--` separates the two in the cache. */
export const isRepository = (text: string): boolean =>
  text.split('/').length === 2 &&
  text.split('/').every((part) => /^\w[\w.-]*$/.test(part) && !/[.-]$/.test(part) && part.length <= 96) &&
  !/--|\.\.|\.git$/.test(text);

const shown = (revision: string): string =>
  /^refs\/(pr|convert)\/[^/]*$/.test(revision) ? revision : revision.replaceAll('/', '%2F');

function decoded(revision: string): string {
  try {
    return decodeURIComponent(revision);
  } catch {
    return revision;
  }
}
