/**
 * Divides names, in their order, into those that a folder can have all at once, and the others: with an empty part, a
 * control character, bytes that are not UTF-8, a part of more than 255 bytes, or a file's name that is also a folder's.
 */
export function fittingNames<T extends { readonly name: string }>(
  files: readonly T[],
): { readonly fit: readonly T[]; readonly odd: readonly string[] } {
  const folders = new Set<string>();
  for (const { name } of files)
    for (let end = name.indexOf('/'); end > 0; end = name.indexOf('/', end + 1)) folders.add(name.slice(0, end));
  const fits = ({ name }: T): boolean => isPlaceName(name) && !folders.has(name) && partsFit(name);
  return { fit: files.filter(fits), odd: files.filter((file) => !fits(file)).map(({ name }) => name) };
}

/** A file system's limit, less the additional length of its temporary file's or note's name. */
const PART_BYTES = 245;
const partsFit = (name: string): boolean => name.split('/').every((part) => Buffer.byteLength(part) <= PART_BYTES);

/**
 * Checks that a file's name at a place is one that both folders and buckets can have.
 * @returns the name
 * @throws Error
 */
export function placeName(name: string): string {
  if (!isPlaceName(name))
    throw new Error(
      `place: expected a name like "plans/0123.json": relative, with /, no part empty or beginning with a dot; got ` +
        `${JSON.stringify(name.slice(0, 80))}.`,
    );
  return name;
}

const isPlaceName = (name: string): boolean =>
  name !== '' &&
  name.length <= 900 &&
  name.split('/').every((part) => part && !part.startsWith('.') && !FORBIDDEN.test(part));

/** Control characters, the separator of other systems, and the replacement for bytes that are not UTF-8. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const FORBIDDEN = /[\u0000-\u001f\u007f\\\ufffd]/;
