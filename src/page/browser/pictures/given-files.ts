/** A file that was given, with the name of the folder that it lay in; empty if none is known. */
export interface Given {
  readonly file: File;
  readonly folder: string;
}

/** Lists the files that were dropped, those in folders too. */
export async function droppedFiles(data: DataTransfer): Promise<Given[]> {
  // entries have to be taken before the first wait, after which they are gone
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry?.() ?? undefined);
  if (!entries.some((entry) => entry)) return Array.from(data.files, (file) => ({ file, folder: '' }));
  const found = await Promise.all(entries.map((entry) => (entry ? filesOf(entry, '') : Promise.resolve([]))));
  return found.flat();
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
