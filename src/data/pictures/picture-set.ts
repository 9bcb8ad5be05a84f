import { ownOf } from '../../host/own.ts';
import { FORMATS } from '../../pixels/formats/formats.ts';
import { cutsOut, type Resize } from '../../pixels/resize.ts';
import { hashOf } from '../../storage/files/hash.ts';
import { keyOf } from '../../storage/rows/keys.ts';
import type { KnownFile } from './picture-index.ts';
import { createDataset, type Dataset } from '../dataset.ts';
import { DamagedPictures } from './damaged.ts';
import { decodePart, decodePicture, decodeWhole, isExact, type Target } from './decode.ts';
import type { Source } from '../items.ts';
import { contentOf } from './look.ts';
import { PictureProblem } from './problem.ts';

export interface PictureSetOptions {
  readonly name: string;
  /** The pictures' positions in the source. */
  readonly positions: Int32Array;
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  /** How pictures are brought to one size; its size is `native` if all have that. */
  readonly target: Target;
  /** Height and width of every picture of the source, if they are all squares of one size: read as they are. */
  readonly native: number | undefined;
  /** The values that were asked for; else the network's own count. */
  readonly asked: { readonly resize?: Resize; readonly cropFraction?: number };
  /** Whether a network gets pictures in its own size, whatever `target` says. */
  readonly elastic: boolean;
}

/** Version of what is done to a picture; another version makes other features of it. */
const VERSION = 1;
/** The same for what `isExact` names, which sharp did before. */
const EXACT_VERSION = 2;

/**
 * Makes a data set of a source's pictures: each is decoded when it is asked for, and checked against what was seen of
 * it before, so that features never stand under another picture's name.
 */
export function pictureSet(source: Source, options: PictureSetOptions): Dataset {
  const { name, positions, labels, classNames, target, native, elastic } = options;
  const asTheyAre = native !== undefined && native === target.size;
  const { size, resize, cropFraction, interpolation, background } = target;
  // keys of features have called it `fit` since they were first kept
  const how = asTheyAre
    ? { size, background }
    : cutsOut(resize)
      ? { size, fit: resize, cropFraction, interpolation, background }
      : { size, fit: resize, interpolation, background };
  const version = !asTheyAre && isExact(interpolation) ? EXACT_VERSION : VERSION;
  const what = `picture ${version} ${hashOf(how)}`;
  // one that was once read in other colours has other features now: its reading is part of its key
  const whatOf = ({ reading }: KnownFile): string => (reading === 1 ? `${what}\n` : `${what} reading ${reading}\n`);
  const read = async (i: number, decode: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> => {
    const { name: file } = source.items[positions[i]];
    const { content } = source.known[positions[i]];
    const failed = (cause: unknown): Error =>
      new Error(`${source.name}, ${file}: ${(cause as Error).message}.`, { cause });
    const bytes = await source.bytes(positions[i]).catch((cause: unknown) => Promise.reject(failed(cause)));
    if (contentOf(bytes) !== content) {
      source.noteChanged(positions[i]);
      throw failed(new Error('it has changed since it was looked at. Open the pictures again'));
    }
    try {
      return await decode(bytes);
    } catch (cause) {
      const why = await whyDamaged(bytes, cause);
      if (why === undefined) throw failed(cause); // it is not the picture's fault
      const same = source.known.flatMap((known, item) => (known.content === content ? [item] : []));
      source.noteDamaged(same, why);
      throw new DamagedPictures(source.name, [file], why);
    }
  };
  const together = async (
    indices: ArrayLike<number>,
    decode: (bytes: Uint8Array, i: number) => Promise<Uint8Array>,
  ): Promise<Uint8Array> => {
    const out = new Uint8Array(indices.length * size * size * 3);
    const one = async (position: number, i: number): Promise<void> =>
      out.set(await read(position, (bytes) => decode(bytes, i)), i * size * size * 3);
    await Promise.all(Array.from(indices, one));
    return out;
  };
  return createDataset({
    name,
    labels,
    classNames,
    imageSize: [size, size],
    fit: asTheyAre ? undefined : { fit: resize, cropFraction, interpolation, background },
    keysAt: (indices) =>
      Buffer.concat(
        Array.from(indices, (i) => {
          const known = source.known[positions[i]];
          return keyOf(whatOf(known), Buffer.from(known.content, 'hex'));
        }),
      ),
    contentsAt: (indices) =>
      Buffer.concat(Array.from(indices, (i) => Buffer.from(source.known[positions[i]].content, 'hex'))),
    at: (indices) =>
      together(indices, (bytes) => decodePicture(bytes, asTheyAre ? { ...target, resize: 'squash' } : target)),
    partsAt: (indices, boxOf, by) =>
      together(indices, (bytes, i) => decodePart(bytes, (of) => boxOf(i, of), { size, interpolation: by, background })),
    fileAt: (i) => source.items[positions[i]].name,
    readingAt: (i) => source.known[positions[i]].reading,
    decoders: positions.some((at) => ownOf(FORMATS, source.known[at].format)?.decoder === 'libheif-js')
      ? ['sharp', 'libheif-js']
      : ['sharp'],
    ...(source.inOrder && { positionAt: (i) => positions[i] }),
    ...(elastic && {
      forNetwork(input) {
        const own = native !== undefined && native <= input.size;
        const next = {
          ...target,
          size: own ? native : input.size,
          resize: options.asked.resize ?? input.resize ?? target.resize,
          cropFraction: options.asked.cropFraction ?? input.cropFraction ?? target.cropFraction,
          interpolation: input.interpolation,
        };
        return pictureSet(source, { ...options, target: next, elastic: false });
      },
    }),
  });
}

/** Tells what is wrong with a picture; undefined if it can be decoded, and something else was wrong. */
async function whyDamaged(bytes: Uint8Array, cause: unknown): Promise<string | undefined> {
  if (!(cause instanceof PictureProblem)) return undefined;
  if (cause.kind !== 'damaged') return cause.message;
  return decodeWhole(bytes).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}
