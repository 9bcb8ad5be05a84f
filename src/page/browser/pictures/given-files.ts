/** Lists the files that were dropped, those in folders too. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // entries have to be taken before the first wait, after which they are gone
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry?.() ?? undefined);
  if (!entries.some((entry) => entry)) return [...data.files];
  const found = await Promise.all(entries.map((entry) => (entry ? filesOf(entry) : Promise.resolve([]))));
  return found.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    // a hundred at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    entries.push(...some);
  }
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  return (await Promise.all(visible.map(filesOf))).flat();
}
