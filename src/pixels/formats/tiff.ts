/** What the first directory of a TIFF file says about its picture. */
export interface TiffFacts {
  readonly width: number;
  readonly height: number;
  /** The bits of a sample; 1 if the file does not say. */
  readonly bits: number;
  /** How samples are stored: 1 whole numbers from 0, 2 with a sign, 3 floating point, 5 and 6 complex numbers. */
  readonly sampleFormat: number;
  readonly compression: number;
  /** What samples mean: 0 and 1 grey, 2 RGB, 3 a palette, 5 CMYK, 6 YCbCr, 8 to 10 CIELAB. */
  readonly photometric: number;
  /** How many samples a pixel has. */
  readonly samples: number;
  readonly hasProfile: boolean;
}

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  sampleFormat: 339,
  profile: 34675,
} as const;

/** The bytes of a value, by its type; values of other types are not read here. */
const BYTES: Readonly<Record<number, number>> = { 1: 1, 7: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };

/**
 * Reads the first directory of a TIFF or BigTIFF file (TIFF 6.0, section 2; BigTIFF has offsets of eight bytes).
 * @returns undefined if there is none
 */
export function tiffFacts(bytes: Uint8Array): TiffFacts | undefined {
  const tags = readTags(bytes, Object.values<number>(TAG));
  if (!tags) return undefined;
  const { one } = tags;
  return {
    width: one(TAG.width, 0),
    height: one(TAG.height, 0),
    bits: one(TAG.bits, 1),
    sampleFormat: one(TAG.sampleFormat, 1),
    compression: one(TAG.compression, 1),
    photometric: one(TAG.photometric, 0),
    samples: one(TAG.samples, 1),
    hasProfile: tags.has(TAG.profile),
  };
}

/** The parts that a picture is packed in. */
export interface TiffParts {
  readonly tiled: boolean;
  /** The parts as they lie in the file; those that lie beyond its end, or are empty, are left out. */
  readonly parts: readonly Uint8Array[];
  /** The most bytes that a part has when it is unpacked. */
  readonly partBytes: number;
  /** The tables that every part of a JPEG begins with; empty if each part has its own. */
  readonly jpegTables: Uint8Array;
  /** Whether the bits of each byte are in reverse order. */
  readonly reversed: boolean;
}

const PART_TAG = {
  fillOrder: 266,
  offsets: 273,
  rows: 278,
  counts: 279,
  planes: 284,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileCounts: 325,
  tables: 347,
} as const;

/** Finds the strips or tiles of the first picture; none if the file does not say how long they are. */
export function tiffParts(
  bytes: Uint8Array,
  { width, height, samples, bits }: Pick<TiffFacts, 'width' | 'height' | 'samples' | 'bits'>,
): TiffParts {
  const tags = readTags(bytes, Object.values<number>(PART_TAG));
  if (!tags) return { tiled: false, parts: [], partBytes: 0, jpegTables: new Uint8Array(0), reversed: false };
  const { all, one } = tags;
  const tiled = tags.has(PART_TAG.tileOffsets);
  const [rows, columns] = tiled
    ? [one(PART_TAG.tileHeight, height), one(PART_TAG.tileWidth, width)]
    : [Math.min(height, one(PART_TAG.rows, height)), width];
  const rowBytes = Math.ceil((columns * (one(PART_TAG.planes, 1) === 2 ? 1 : samples) * bits) / 8);
  const counts = all(tiled ? PART_TAG.tileCounts : PART_TAG.counts);
  return {
    tiled,
    parts: all(tiled ? PART_TAG.tileOffsets : PART_TAG.offsets).flatMap((from, i) =>
      counts[i] > 0 && from + counts[i] <= bytes.length ? [bytes.subarray(from, from + counts[i])] : [],
    ),
    partBytes: rows * rowBytes,
    jpegTables: Uint8Array.from(all(PART_TAG.tables)),
    reversed: one(PART_TAG.fillOrder, 1) === 2,
  };
}

interface Tags {
  has(tag: number): boolean;
  all(tag: number): readonly number[];
  one(tag: number, otherwise: number): number;
}

/** @param wanted tags whose values are read */
function readTags(bytes: Uint8Array, wanted: readonly number[]): Tags | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16) return undefined;
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const offsetAt = (at: number): number => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const [countBytes, entryBytes, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const directory = offsetAt(big ? 8 : 4);
  if (directory + countBytes > bytes.length) return undefined;
  const count = big ? offsetAt(directory) : view.getUint16(directory, little);
  const [there, numbers] = [new Set<number>(), new Map<number, number[]>()];
  for (let i = 0; i < count; i++) {
    const at = directory + countBytes + i * entryBytes;
    if (at + entryBytes > bytes.length) return undefined;
    const [tag, size] = [view.getUint16(at, little), BYTES[view.getUint16(at + 2, little)]];
    const n = offsetAt(at + 4);
    const values = at + 4 + inline;
    const start = size * n <= inline ? values : offsetAt(values);
    there.add(tag);
    if (size && start + size * n <= bytes.length && wanted.includes(tag))
      numbers.set(
        tag,
        Array.from({ length: n }, (_, k) => valueAt(view, start + k * size, size, little)),
      );
  }
  const all = (tag: number): readonly number[] => numbers.get(tag) ?? [];
  return { has: (tag) => there.has(tag), all, one: (tag, otherwise) => all(tag)[0] ?? otherwise };
}

function valueAt(view: DataView, at: number, size: number, little: boolean): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, little);
  return size === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
}

/**
 * Says why a TIFF file is not read, given what libvips supports; undefined if it is read.
 * @returns words that also say what to do
 */
export function whyNotRead({ compression, photometric }: TiffFacts): string | undefined {
  const packed = COMPRESSIONS[compression];
  if (packed) return `it is a TIFF with ${packed} compression, which Graft does not read: save it with LZW or Deflate`;
  const colours = photometric === 6 && compression !== 7 ? 'YCbCr without JPEG compression' : COLOURS[photometric];
  return colours && `it is a TIFF in ${colours}, which Graft does not read: convert it to RGB`;
}

/** The `compression` of TIFF files that libvips reads without noticing every damage. */
export const DEFLATE_IN_TIFF: readonly number[] = [8, 32946];
export const JPEG_IN_TIFF = 7;
export const WEBP_IN_TIFF = 50001;

/** Compressions that libvips turns into a black picture. */
const COMPRESSIONS: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34933: 'PNG',
  34892: 'lossy JPEG',
  50000: 'ZSTD',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** Colour spaces whose numbers libvips would take for grey or RGB. */
const COLOURS: Readonly<Record<number, string>> = {
  8: 'CIELAB',
  9: 'ICCLAB',
  10: 'ITULAB',
  32803: 'a camera’s raw colours',
  32844: 'CIE LogL',
  32845: 'CIE LogLuv',
  34892: 'a camera’s raw colours',
};
