import { formatOfName, type PictureFormat } from './formats.ts';
import { heifFacts } from './heif.ts';
import { tiffFacts } from './tiff.ts';

/** What a file's first bytes say about it. */
export interface PictureHeader {
  readonly format: PictureFormat;
  /** The width in pixels, as stored (EXIF may rotate it); 0 if the header alone does not tell. */
  readonly width: number;
  readonly height: number;
  /** False if the end of the file is missing; true if it is there, or if only decoding could tell. */
  readonly whole: boolean;
  /** More than 8 bits a sample, in three colours with a profile: earlier versions read other colours. @default false */
  readonly deep?: boolean;
  /** Whether a PNG has 16 bits a sample, of which fewer may be used. @default false */
  readonly wide?: boolean;
  /** Whether a JPEG comes in several scans, coarse first. @default false */
  readonly progressive?: boolean;
}

/** The bytes from a file's start that tell its format. */
export const START = 4096;

/**
 * Reads a picture's header.
 * @param bytes the whole file, or its first {@link START} bytes (then `whole` is meaningless)
 * @param name the file's name: most cameras' raw photos are TIFF files with a thumbnail in front
 * @returns undefined for anything but a picture
 */
export function pictureHeader(bytes: Uint8Array, name = ''): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (offset: number, text: string): boolean =>
    offset + text.length <= bytes.length && [...text].every((c, i) => bytes[offset + i] === c.charCodeAt(0));
  const plain = (format: PictureFormat): PictureHeader => ({ format, width: 0, height: 0, whole: true });
  if (at(0, '\xff\xd8\xff')) return jpeg(bytes, view);
  if (at(0, '\x89PNG\r\n\x1a\n')) return png(bytes, view);
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return gif(bytes, view);
  if (at(0, 'RIFF') && at(8, 'WEBP')) return webp(bytes, view, at);
  if (at(0, 'BM') && bytes.length >= 26 && view.getUint32(14, true) <= 124 && view.getUint32(14, true) >= 12)
    return bmp(bytes, view);
  if (at(0, 'II*\0') || at(0, 'MM\0*')) return formatOfName(name) === 'raw' || at(8, 'CR') ? plain('raw') : tiff(bytes);
  if (at(0, 'II+\0\b\0\0\0') || at(0, 'MM\0+\0\b\0\0')) return tiff(bytes); // BigTIFF
  if (at(4, 'ftyp')) return boxed(bytes, at);
  if (at(0, 'FUJIFILMCCD-RAW') || at(0, 'IIRO') || at(0, 'IIRS') || at(0, 'IIU\0')) return plain('raw');
  if (at(4, 'jP  ') || at(0, '\xff\x4f\xff\x51')) return plain('jpeg 2000');
  if (at(0, '\xff\x0a') || at(4, 'JXL ')) return plain('jpeg xl');
  if (at(0, '8BPS')) return plain('psd');
  if (at(0, '\0\0\x01\0') && bytes.length > 22 && bytes[4] > 0 && bytes[5] === 0) return plain('ico');
  if (/^P[1-6]\s/.test(String.fromCharCode(...bytes.subarray(0, 3)))) return plain('ppm');
  return isSvg(bytes) ? plain('svg') : undefined;
}

type At = (offset: number, text: string) => boolean;

/**
 * Reads segment by segment up to the frame's size; the end is sought behind them, as thumbnails have their own ends.
 */
function jpeg(bytes: Uint8Array, view: DataView): PictureHeader {
  let [width, height, offset, progressive] = [0, 0, 2, false];
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff) break;
    const marker = bytes[offset + 1];
    if (marker === 0xff) {
      offset++; // fill bytes
      continue;
    }
    if (marker === 0xd9) break;
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame && offset + 9 <= bytes.length) [height, width] = [view.getUint16(offset + 5), view.getUint16(offset + 7)];
    if (marker === 0xc2) progressive = true;
    const length = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) ? 0 : view.getUint16(offset + 2);
    offset += 2 + length;
    if (marker === 0xda) break;
  }
  const whole = width > 0 && hasEnd(bytes, offset);
  return { format: 'jpeg', width, height, whole, ...(progressive && { progressive }) };
}

function hasEnd(bytes: Uint8Array, from: number): boolean {
  // most files end with it; others have a film or a second picture behind it
  if (bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9) return true;
  for (let i = bytes.indexOf(0xff, from); i >= 0; i = bytes.indexOf(0xff, i + 1))
    if (bytes[i + 1] === 0xd9) return true;
  return false;
}

function png(bytes: Uint8Array, view: DataView): PictureHeader {
  const [width, height] = bytes.length >= 24 ? [view.getUint32(16), view.getUint32(20)] : [0, 0];
  const wide = bytes.length >= 26 && bytes[24] === 16;
  const colour = wide && (bytes[25] === 2 || bytes[25] === 6);
  let [offset, profile] = [8, false];
  const header = (whole: boolean): PictureHeader => {
    return { format: 'png', width, height, whole, ...(wide && { wide }), ...(colour && profile && { deep: true }) };
  };
  while (offset + 12 <= bytes.length) {
    const type = view.getUint32(offset + 4);
    if (type === 0x69434350) profile = true; // iCCP
    if (type === 0x49454e44) return header(width > 0); // IEND
    offset += 12 + view.getUint32(offset);
  }
  return header(false);
}

/** Reads a TIFF's header: only decoding tells whether it is whole, and other code gives its size. */
function tiff(bytes: Uint8Array): PictureHeader {
  const facts = tiffFacts(bytes);
  const deep = facts?.hasProfile && facts.bits === 16 && facts.sampleFormat === 1 && facts.photometric === 2;
  return { format: 'tiff', width: 0, height: 0, whole: true, ...(deep && { deep }) };
}

const gif = (bytes: Uint8Array, view: DataView): PictureHeader => ({
  format: 'gif',
  ...(bytes.length >= 10
    ? { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    : { width: 0, height: 0 }),
  whole: bytes.subarray(-64).includes(0x3b),
});

function webp(bytes: Uint8Array, view: DataView, at: At): PictureHeader {
  const whole = bytes.length >= view.getUint32(4, true) + 8;
  const sized = (width: number, height: number): PictureHeader => ({ format: 'webp', width, height, whole });
  if (bytes.length < 30) return sized(0, 0);
  if (at(12, 'VP8 ')) return sized(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
  if (at(12, 'VP8L'))
    return sized((view.getUint32(21, true) & 0x3fff) + 1, ((view.getUint32(21, true) >> 14) & 0x3fff) + 1);
  if (at(12, 'VP8X')) return sized((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1);
  return sized(0, 0);
}

/** Reads a bitmap's header: core headers (12 bytes) hold 16-bit sides; a negative height means from the top down. */
function bmp(bytes: Uint8Array, view: DataView): PictureHeader {
  const core = view.getUint32(14, true) === 12;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = Math.abs(core ? view.getUint16(20, true) : view.getInt32(22, true));
  const bits = core ? view.getUint16(24, true) : bytes.length >= 34 ? view.getUint16(28, true) : 0;
  const packed = !core && bytes.length >= 34 && [1, 2].includes(view.getUint32(30, true)); // their length is unknown
  const pixels = packed ? 1 : Math.ceil((width * bits) / 32) * 4 * height;
  return { format: 'bmp', width: Math.max(0, width), height, whole: bytes.length >= view.getUint32(10, true) + pixels };
}

/** Reads a file of boxes; only decoding tells whether an AVIF is whole. */
function boxed(bytes: Uint8Array, at: At): PictureHeader | undefined {
  const format = boxFormat(bytes, at);
  if (format !== 'heic' && format !== 'avif') return format && { format, width: 0, height: 0, whole: true };
  const { width, height, bits, hasProfile, whole } = heifFacts(bytes);
  if (format === 'heic') return { format, width, height, whole };
  return { format, width: 0, height: 0, whole: true, ...(bits > 8 && hasProfile && { deep: true }) };
}

/** Gives the format of an ISO base media file by its brands; a film is not a picture. */
function boxFormat(bytes: Uint8Array, at: At): PictureFormat | undefined {
  const brands: string[] = [];
  const end = Math.min(bytes.length, 256, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  for (let i = 8; i + 4 <= end; i += 4) brands.push(String.fromCharCode(...bytes.subarray(i, i + 4)));
  if (at(8, 'crx ')) return 'raw';
  if (brands.includes('avif') || brands.includes('avis')) return 'avif';
  return brands.some((brand) => /^(hei[cxms]|hev[cx]|mif1|msf1)$/.test(brand)) ? 'heic' : undefined;
}

function isSvg(bytes: Uint8Array): boolean {
  const text = new TextDecoder()
    .decode(bytes.subarray(0, START))
    .replace(/^\uFEFF/, '')
    .trimStart();
  return /^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i.test(text);
}
