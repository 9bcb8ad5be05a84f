import { finished } from 'node:stream/promises';
import { constants, createInflate } from 'node:zlib';
import {
  DEFLATE_IN_TIFF,
  JPEG_IN_TIFF,
  tiffFacts,
  type TiffParts,
  tiffParts,
  WEBP_IN_TIFF,
} from '../../pixels/formats/tiff.ts';
import { inOneLine, PictureProblem } from './problem.ts';

const { Z_FINISH, Z_SYNC_FLUSH } = constants;

/**
 * Looks for missing parts of a TIFF file, and for holes in its strips or tiles that are decoded without a warning:
 * libtiff ends a Deflate stream once it has enough pixels, before its checksum; libvips decodes tiles of JPEG by
 * itself, whatever libjpeg warns of, and leaves tiles that are not WebP black. libtiff reports everything else.
 * @throws PictureProblem naming the part
 */
export async function checkForHoles(bytes: Uint8Array): Promise<void> {
  const facts = tiffFacts(bytes);
  if (!facts) throw new PictureProblem('damaged', 'it is cut off: the list of where its pixels lie is beyond its end');
  const { compression } = facts;
  const all = tiffParts(bytes, facts);
  if (DEFLATE_IN_TIFF.includes(compression)) return checkDeflate(all);
  if (compression === JPEG_IN_TIFF && all.tiled) return checkJpeg(all);
  if (compression === WEBP_IN_TIFF) checkWebp(all);
}

const brokenPart = ({ tiled, parts }: TiffParts, i: number, why: string, cause?: unknown): PictureProblem =>
  new PictureProblem('damaged', `${tiled ? 'tile' : 'strip'} ${i + 1} of ${parts.length} is broken (${why})`, {
    cause,
  });

/** A part with more than this many times its expected bytes does not belong to a picture. */
const MOST = 8;

async function checkDeflate(all: TiffParts): Promise<void> {
  const { parts, partBytes, reversed } = all;
  if (reversed) return; // libtiff turns the bits of each byte round first
  for (const [i, part] of parts.entries()) {
    try {
      await inflated(part, MOST * partBytes + 2 ** 16);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // zeros are a valid code: they go on and on, while a stream that merely was not ended stops at its size
      const unended = code === 'Z_BUF_ERROR' && (await inflated(part, MOST * partBytes, Z_SYNC_FLUSH)) <= partBytes;
      if (!unended) throw brokenPart(all, i, message, error);
    }
  }
}

/**
 * @returns how many bytes a stream has, none of which is kept @throws Error if it is broken, or has more than `most`
 */
async function inflated(part: Uint8Array, most: number, finishFlush: number = Z_FINISH): Promise<number> {
  const stream = createInflate({ finishFlush });
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > most) stream.destroy(new Error('it does not end'));
  });
  stream.end(part);
  await finished(stream);
  return length;
}

/** What is said about a JPEG that lacks a part. */
const LACKING = /Corrupt JPEG data|premature end|Not a JPEG|bogus|invalid/i;
const END_OF_JPEG = Buffer.of(0xff, 0xd9);
/** A run of zeros, as flat pictures have too. */
const ZEROS = Buffer.alloc(16);

async function checkJpeg(all: TiffParts): Promise<void> {
  const { jpegTables: tables } = all;
  for (const [i, part] of all.parts.entries()) {
    const own = Buffer.from(part.buffer, part.byteOffset, part.length);
    // libjpeg takes zeros for pixels, and the end of the data for the end of the picture
    if (own.lastIndexOf(END_OF_JPEG) < 0) throw brokenPart(all, i, 'it has no end');
    // tables are a JPEG of their own, without a picture
    const whole = tables.length > 4 ? Buffer.concat([tables.subarray(0, -2), own.subarray(2)]) : own;
    const why = await warningOf(whole);
    if (why) throw brokenPart(all, i, why);
    // if zeros stand for more pixels than what they replace, pixels end before the data: a higher picture has more room
    const higher = own.includes(ZEROS) ? withMoreRows(whole) : undefined;
    if (higher && !(await warningOf(higher))) throw brokenPart(all, i, 'it has more data than pixels');
  }
}

async function warningOf(jpeg: Uint8Array): Promise<string | undefined> {
  const { default: sharp } = await import('sharp');
  try {
    await sharp(jpeg, { failOn: 'warning' }).raw().toBuffer();
  } catch (error) {
    const why = inOneLine((error as Error).message);
    if (LACKING.test(why)) return why;
  }
  return undefined;
}

/** Gives a JPEG of one scan with 16 more rows in its header, or undefined. */
function withMoreRows(jpeg: Buffer): Buffer | undefined {
  for (let at = 2; at + 9 < jpeg.length && jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at + 1] !== 0xc0 && jpeg[at + 1] !== 0xc1) continue;
    const higher = Buffer.from(jpeg);
    higher.writeUInt16BE(Math.min(65_500, jpeg.readUInt16BE(at + 5) + 16), at + 5);
    return higher;
  }
  return undefined;
}

function checkWebp(all: TiffParts): void {
  for (const [i, part] of all.parts.entries()) {
    const text = (from: number): string => String.fromCharCode(...part.subarray(from, from + 4));
    if (text(0) !== 'RIFF' || text(8) !== 'WEBP') throw brokenPart(all, i, 'it is not a WebP');
    if (new DataView(part.buffer, part.byteOffset).getUint32(4, true) + 8 > part.length + 1)
      throw brokenPart(all, i, 'it is cut off');
  }
}
