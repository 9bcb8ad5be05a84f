// @ts-check
/** A picture with more pixels than this is refused before it is decoded. */
export const PIXEL_LIMIT = 100_000_000;

/**
 * A file's bytes, or [height, width, channels] uint8.
 * @typedef {{ readonly bytes: Uint8Array } | { readonly pixels: Uint8Array, readonly width: number, readonly height: number, readonly channels: 3 | 4 }} Given
 */

/**
 * How a file is opened.
 * @typedef {object} Opening
 * @property {'truncated' | 'error' | 'warning'} failOn what libvips treats as an error
 * @property {boolean} deep whether it has more than 8 bits a sample and a profile: sharp takes such pictures to Display
 * P3, and would leave them there
 * @property {string} [background] a colour that shows through transparent pixels
 */

/**
 * What is then done to it.
 * @typedef {object} Steps
 * @property {{ readonly width: number, readonly height: number, readonly kernel: 'linear' | 'cubic' | 'lanczos3' }} [resize]
 * @property {{ readonly left: number, readonly top: number, readonly width: number, readonly height: number }} [extract]
 */

/**
 * Does sharp's part of decoding, in plain JavaScript, since the process apart runs it too: upright by its EXIF
 * orientation, from its profile to sRGB, 8 bits.
 * @param {Given} given
 * @param {Opening} opening
 * @param {Steps} [steps]
 * @returns {Promise<Buffer>} [H, W, 3] uint8 RGB
 */
export async function levelsOf(given, opening, { resize, extract } = {}) {
  let picture = await open(given, opening);
  if (opening.background !== undefined) picture = picture.flatten({ background: opening.background });
  if (opening.deep) picture = picture.pipelineColourspace('srgb');
  if (resize) {
    const { width, height, kernel } = resize;
    picture = picture.resize(width, height, { fit: 'fill', kernel, fastShrinkOnLoad: false });
  }
  if (extract) picture = picture.extract(extract);
  return picture.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer();
}

/**
 * Reads what a file says about its picture: its size when upright, and whether it has transparency.
 * @param {Given} given
 * @param {Opening} opening
 */
export async function describePicture(given, opening) {
  const { autoOrient, hasAlpha = false } = await (await open(given, opening)).metadata();
  return { ...autoOrient, alpha: hasAlpha };
}

/**
 * Finds the lowest and the highest level of any channel, before any conversion.
 * @param {Given} given
 * @param {Opening} opening
 */
export async function levelRange(given, opening) {
  const { channels } = await (await open(given, opening)).stats();
  return { lowest: Math.min(...channels.map(({ min }) => min)), highest: Math.max(...channels.map(({ max }) => max)) };
}

/**
 * @param {Given} given
 * @param {Opening} opening
 */
async function open(given, { failOn }) {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1); // pictures are decoded side by side, one thread each
  if ('bytes' in given) return sharp(given.bytes, { limitInputPixels: PIXEL_LIMIT, failOn }).autoOrient();
  const { pixels, width, height, channels } = given;
  return sharp(pixels, { raw: { width, height, channels } });
}
