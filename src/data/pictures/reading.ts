import type { PictureHeader } from '../../pixels/formats/picture-header.ts';

/**
 * Version of how pictures are read. Those of more than 8 bits a sample with an embedded profile have their own colours
 * since reading 2; for all others nothing has changed.
 */
export const READING = 2;

/** Gives the first reading with today's colours for a picture with this header. */
export const readingOfHeader = ({ deep }: Pick<PictureHeader, 'deep'>): number => (deep ? READING : 1);

/** Counts the pictures that are now read in other colours than when a model was trained. */
export const countRecoloured = (
  trainedWith: number | undefined,
  { n, readingAt }: { readonly n: number; readonly readingAt?: (index: number) => number },
): number => {
  if (!readingAt || trainedWith === undefined || trainedWith >= READING) return 0;
  let count = 0;
  for (let i = 0; i < n; i++) if (readingAt(i) > trainedWith) count++;
  return count;
};

/** Says this about `count` pictures, 1 or more, and what to do. */
export const recolouredText = (count: number): string =>
  `${count.toLocaleString('en-US')} of these pictures ${count === 1 ? 'has' : 'have'} more than 8 bits and a colour profile, ` +
  'and earlier versions of Graft, one of which trained this classifier, read such pictures in other colours: if there were ' +
  'such among its training pictures, expect more mistakes on them, and train it again';
