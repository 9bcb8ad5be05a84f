/** What the first directory of a TIFF file says of its picture. */
export interface TiffFacts {
  readonly width: number;
  readonly height: number;
  /** Of a sample; 1, where the file does not say. */
  readonly bits: number;
  /** 1 whole numbers from 0, 2 with a sign, 3 floating point, 5 and 6 complex numbers. */
  readonly sampleFormat: number;
  readonly compression: number;
  /** How samples are meant: 0 and 1 grey, 2 RGB, 3 a palette, 5 CMYK, 6 YCbCr, 8 to 10 CIELAB. */
  readonly photometric: number;
  /** Of a pixel. */
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

/** Bytes of a value, by its type; of other types none is read here. */
const BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };

/**
 * Reads the first directory of a TIFF or BigTIFF file (TIFF 6.0, section 2; BigTIFF has offsets of eight bytes).
 * @returns undefined where there is none
 */
export function tiffFacts(bytes: Uint8Array): TiffFacts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16) return undefined;
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const offsetAt = (at: number): number => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const [countBytes, entryBytes, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const directory = offsetAt(big ? 8 : 4);
  if (directory + countBytes > bytes.length) return undefined;
  const count = big ? offsetAt(directory) : view.getUint16(directory, little);
  const numbers = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const at = directory + countBytes + i * entryBytes;
    if (at + entryBytes > bytes.length) return undefined;
    const [tag, size] = [view.getUint16(at, little), BYTES[view.getUint16(at + 2, little)]];
    const n = offsetAt(at + 4);
    const values = at + 4 + inline;
    const start = size * n <= inline ? values : offsetAt(values);
    if (tag === TAG.profile) numbers.set(tag, [1]);
    if (size && start + size * n <= bytes.length && Object.values<number>(TAG).includes(tag))
      numbers.set(
        tag,
        Array.from({ length: n }, (_, k) => valueAt(view, start + k * size, size, little)),
      );
  }
  const one = (tag: number, otherwise: number): number => numbers.get(tag)?.[0] ?? otherwise;
  return {
    width: one(TAG.width, 0),
    height: one(TAG.height, 0),
    bits: one(TAG.bits, 1),
    sampleFormat: one(TAG.sampleFormat, 1),
    compression: one(TAG.compression, 1),
    photometric: one(TAG.photometric, 0),
    samples: one(TAG.samples, 1),
    hasProfile: numbers.has(TAG.profile),
  };
}

function valueAt(view: DataView, at: number, size: number, little: boolean): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, little);
  return size === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
}

/**
 * Why a TIFF file is not read, as libvips has it; undefined where it is.
 * @returns words that go on with what to do
 */
export function whyNotRead({ compression, photometric }: TiffFacts): string | undefined {
  const packed = COMPRESSIONS[compression];
  if (packed) return `it is a TIFF with ${packed} compression, which is not read: save it with LZW or Deflate`;
  const colours = photometric === 6 && compression !== 7 ? 'YCbCr without JPEG compression' : COLOURS[photometric];
  return colours && `it is a TIFF in ${colours}, which is not read: convert it to RGB`;
}

/** Of which libvips leaves a black picture. */
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

/** Whose numbers libvips would take for grey or RGB. */
const COLOURS: Readonly<Record<number, string>> = {
  8: 'CIELAB',
  9: 'ICCLAB',
  10: 'ITULAB',
  32803: 'a camera’s raw colours',
  32844: 'CIE LogL',
  32845: 'CIE LogLuv',
  34892: 'a camera’s raw colours',
};
