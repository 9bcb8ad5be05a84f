/** A file that was given, with the name of the folder that it lay in; empty if none is known. */
export interface Given {
  readonly file: File;
  readonly folder: string;
}

/**
 * Lists the files that were dropped, those in folders too.
 * @throws Error, a sentence for people, if the browser lets nobody read a folder
 */
export async function droppedFiles(data: DataTransfer): Promise<Given[]> {
  // all of it has to be taken before the first wait, after which it is gone
  const items = Array.from(data.items, (item) => ({
    file: item.getAsFile(),
    // Chromium's entries cannot be read by a page that was opened from a file, its handles can
    handle: (item as WithHandle).getAsFileSystemHandle?.().catch(() => null),
    entry: item.webkitGetAsEntry?.(),
  }));
  const found = await Promise.all(
    items.map(async ({ file, handle: promised, entry }) => {
      try {
        const handle = await promised;
        if (handle?.kind === 'directory') return await filesInFolder(handle as FileSystemDirectoryHandle);
        if (entry?.isDirectory) return await filesOf(entry, '');
      } catch (cause) {
        throw new Error('The browser does not let this page read a folder: drop the pictures that are in it.', {
          cause,
        });
      }
      return file ? [{ file, folder: '' }] : [];
    }),
  );
  return found.flat();
}

/** What Chromium has for items that were dropped. */
interface WithHandle {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

async function filesInFolder(handle: FileSystemDirectoryHandle): Promise<Given[]> {
  const given: Given[] = [];
  // TypeScript does not know that a handle is iterable
  for await (const one of (handle as unknown as { values(): AsyncIterable<FileSystemHandle> }).values()) {
    if (one.name.startsWith('.')) continue;
    if (one.kind === 'directory') given.push(...(await filesInFolder(one as FileSystemDirectoryHandle)));
    else given.push({ file: await (one as FileSystemFileHandle).getFile(), folder: handle.name });
  }
  return given.sort((a, b) => a.file.name.localeCompare(b.file.name));
}

/** Lists the files that an input was given, one by one or as a folder. */
export const chosenFiles = (input: HTMLInputElement): Given[] =>
  Array.from(input.files!, (file) => ({ file, folder: file.webkitRelativePath.split('/').at(-2) ?? '' })).filter(
    ({ file }) => !file.name.startsWith('.'),
  );

async function filesOf(entry: FileSystemEntry, folder: string): Promise<Given[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, folder }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    // a hundred at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    entries.push(...some);
  }
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  return (await Promise.all(visible.map((one) => filesOf(one, entry.name)))).flat();
}
