/**
 * Holds a file's name at a place to what folders and buckets both can have.
 * @returns the name
 * @throws Error
 */
export function placeName(name: string): string {
  const parts = name.split('/');
  if (!name || parts.some((part) => !part || part.startsWith('.') || FORBIDDEN.test(part)) || name.length > 900)
    throw new Error(
      `place: expected a name like "plans/0123.json": relative, with /, no part empty or beginning with a dot; got ` +
        `${JSON.stringify(name.slice(0, 80))}.`,
    );
  return name;
}

/** Control characters and the separator of other systems. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const FORBIDDEN = /[\u0000-\u001f\u007f\\]/;
