import { ownOf } from '../../host/own.ts';

/** A format of picture files. */
export interface Format {
  /** What people call it: `JPEG`. */
  readonly name: string;
  /** How names of its files end, the usual ending first. */
  readonly endings: readonly string[];
  /**
   * What decodes it: sharp in this process, libheif-js in one of its own, or Graft itself; undefined if it is recognized
   * as a picture, but not read.
   */
  readonly decoder?: 'sharp' | 'libheif-js' | 'graft';
  /**
   * What libvips says about a picture that lacks a part, and would leave grey or black with only a warning. It also
   * warns of much else: of too many bytes, of tags that it does not know.
   */
  readonly lacking?: RegExp;
  /** What to do with a file of a format that is not read. @default 'convert it to PNG' */
  readonly instead?: string;
}

const RAW = ['dng', 'cr2', 'cr3', 'nef', 'arw', 'raf', 'orf', 'rw2', 'pef', 'srw'];

/** Every format that is recognized, by its key in indexes: the only place that says which ones are read, and by what. */
const TABLE = {
  jpeg: {
    name: 'JPEG',
    endings: ['jpg', 'jpeg', 'jpe', 'jfif'],
    decoder: 'sharp',
    lacking: /Corrupt JPEG data: (?!\d+ extraneous)|Premature end of JPEG/,
  },
  png: { name: 'PNG', endings: ['png'], decoder: 'sharp' },
  webp: { name: 'WebP', endings: ['webp'], decoder: 'sharp' },
  avif: { name: 'AVIF', endings: ['avif'], decoder: 'sharp' },
  gif: { name: 'GIF', endings: ['gif'], decoder: 'sharp', lacking: /./ },
  tiff: {
    name: 'TIFF',
    endings: ['tif', 'tiff'],
    decoder: 'sharp',
    lacking: /read error|decod|not enough data|not yet in table|corrupt|premature|error in (?:tile|strip)/i,
  },
  heic: { name: 'HEIC', endings: ['heic', 'heif'], decoder: 'libheif-js' },
  bmp: { name: 'BMP', endings: ['bmp'], decoder: 'graft' },
  svg: { name: 'SVG', endings: ['svg'], decoder: 'sharp' },
  raw: { name: 'raw photo', endings: RAW, instead: 'develop it to JPEG or TIFF (darktable, RawTherapee)' },
  'jpeg 2000': { name: 'JPEG 2000', endings: ['jp2'] },
  'jpeg xl': { name: 'JPEG XL', endings: ['jxl'] },
  psd: { name: 'PSD', endings: ['psd'] },
  ppm: { name: 'PPM', endings: ['ppm', 'pgm', 'pbm', 'pnm'] },
  ico: { name: 'ICO', endings: ['ico'] },
} as const satisfies Readonly<Record<string, Format>>;

export type PictureFormat = keyof typeof TABLE;

export const FORMATS: Readonly<Record<PictureFormat, Format>> = TABLE;

const READ = Object.values(FORMATS).filter(({ decoder }) => decoder);

/** Names of the formats that are read, as a sentence lists them: `JPEG, PNG, … or SVG`. */
export const FORMATS_READ = READ.map(({ name }) => name)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

/** Endings of files that are read: `jpg`, `jpeg`, … */
export const ENDINGS_READ: readonly string[] = READ.flatMap(({ endings }) => endings);

const BY_ENDING: Readonly<Record<string, PictureFormat>> = Object.fromEntries(
  (Object.keys(TABLE) as PictureFormat[]).flatMap((key) => FORMATS[key].endings.map((ending) => [ending, key])),
);

/** Gives the format that a file's name promises; undefined if it promises no picture. */
export const formatOfName = (name: string): PictureFormat | undefined =>
  ownOf(BY_ENDING, /\.([^./\\]+)$/.exec(name)?.[1].toLowerCase() ?? '');
