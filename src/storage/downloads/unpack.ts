import path from 'node:path';
import * as tar from 'tar';
import { shortPath } from '../../project.ts';

/** The most bytes of one file in the archive, and of all together: CIFAR-10's are 30.7 MB each, 184 MB in all. */
const [MOST_ENTRY, MOST_ALL] = [64e6, 512e6];

/**
 * Unpacks the batches of an archive into a folder, without the archive's first folder.
 * @throws Error naming an entry that would lie elsewhere, is a link or a device, or is larger than any of CIFAR-10's
 */
export async function unpack(archive: string, folder: string): Promise<void> {
  let all = 0;
  let refused: string | undefined;
  await tar
    .extract({
      file: archive,
      cwd: folder,
      strip: 1,
      strict: true,
      filter(entry, header) {
        if (refused || !('type' in header)) return false;
        all += header.size;
        if (path.isAbsolute(entry) || entry.split(/[\\/]/).includes('..'))
          refused = `"${entry}", which lies outside of it`;
        else if (
          header.type !== 'File' &&
          header.type !== 'OldFile' &&
          header.type !== 'ContiguousFile' &&
          header.type !== 'Directory'
        )
          refused = `"${entry}", a ${header.type}`;
        else if (header.size > MOST_ENTRY || all > MOST_ALL) refused = `"${entry}", with ${header.size} bytes`;
        return !refused && /^[^/]+\/[\w-]+(\.[\w-]+)*\.(bin|txt|html)$/.test(entry);
      },
    })
    .catch((cause: unknown) => {
      if (!refused)
        throw new Error(`${shortPath(archive)}: expected a whole tar archive; ${(cause as Error).message}.`, { cause });
    });
  if (refused)
    throw new Error(`${shortPath(archive)}: expected files of CIFAR-10; it holds ${refused}. Nothing of it is used.`);
}
