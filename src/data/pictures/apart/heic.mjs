// @ts-check
/**
 * Decodes a HEIC photo, as phones write them, by libheif in WebAssembly: its main picture, with grids of tiles put
 * together, turned and mirrored as its boxes say (its EXIF orientation repeats that and must not be applied).
 * @param {Uint8Array} bytes
 * @param {number} limit how many pixels it may have
 * @returns {Promise<Buffer>} a TIFF file of 8 bits a sample, with its colour profile, which sharp reads
 * @throws {Error} saying what is wrong with it
 */
export async function heicAsTiff(bytes, limit) {
  // @ts-expect-error it has no types
  const { default: heif } = await import('libheif-js/wasm-bundle.js');
  const context = heif.heif_context_alloc();
  const call = caller(heif);
  try {
    const read = heif.heif_context_read_from_memory(context, bytes);
    if (read.code.value) throw new Error(read.message);
    const handle = call('context_get_primary_image_handle', context.$$.ptr, OUT);
    const [width, height] = [heif._heif_image_handle_get_width(handle), heif._heif_image_handle_get_height(handle)];
    if (width * height > limit)
      throw new Error(`its ${width}×${height} pixels are more than the ${limit / 1e6} million that Graft reads`);
    const channels = heif._heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
    const options = heif._heif_decoding_options_alloc();
    heif.HEAPU8[options + STRICT] = 1; // otherwise what is missing is made up
    const image = call('decode_image', handle, OUT, RGB, channels === 4 ? RGBA_BYTES : RGB_BYTES, options);
    const pixels = planeOf(heif, image, channels);
    const profile = profileOf(heif, handle);
    heif._heif_decoding_options_free(options);
    heif._heif_image_release(image);
    heif._heif_image_handle_release(handle);
    return tiffOf(pixels.data, { ...pixels, channels, profile });
  } finally {
    heif.heif_context_free(context);
  }
}

/** Values of libheif's enumerations, and where `strict_decoding` stands in its options (heif_decoding.h). */
const [RGB, RGB_BYTES, RGBA_BYTES, INTERLEAVED, STRICT] = [1, 10, 11, 10, 21];
/** Stands for the argument that takes a function's result. */
const OUT = Symbol('out');

/**
 * Calls functions that give an error and leave their result at an address.
 * @param {any} heif
 * @returns {(name: string, ...args: (number | symbol)[]) => number} the result
 */
const caller =
  (heif) =>
  (name, ...args) => {
    const [error, out] = [heif._malloc(12), heif._malloc(4)];
    try {
      heif[`_heif_${name}`](error, ...args.map((arg) => (arg === OUT ? out : arg)));
      const [code, , message] = heif.HEAPU32.subarray(error >> 2, (error >> 2) + 3);
      if (code) throw new Error(textAt(heif, message) || 'it cannot be decoded');
      return heif.HEAPU32[out >> 2];
    } finally {
      heif._free(error);
      heif._free(out);
    }
  };

/**
 * @param {any} heif
 * @param {number} at
 */
const textAt = (heif, at) => Buffer.from(heif.HEAPU8.subarray(at, heif.HEAPU8.indexOf(0, at))).toString();

/**
 * @param {any} heif
 * @param {number} image
 * @param {number} channels
 */
function planeOf(heif, image, channels) {
  const [width, height] = [
    heif._heif_image_get_width(image, INTERLEAVED),
    heif._heif_image_get_height(image, INTERLEAVED),
  ];
  const out = heif._malloc(4);
  const plane = heif._heif_image_get_plane_readonly(image, INTERLEAVED, out);
  const stride = heif.HEAPU32[out >> 2];
  heif._free(out);
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y++)
    data.set(heif.HEAPU8.subarray(plane + y * stride, plane + y * stride + width * channels), y * width * channels);
  return { data, width, height };
}

/**
 * @param {any} heif
 * @param {number} handle
 * @returns {Buffer} its ICC profile; empty if it has none
 */
function profileOf(heif, handle) {
  const size = heif._heif_image_handle_get_raw_color_profile_size(handle);
  if (!size) return Buffer.alloc(0);
  const [error, data] = [heif._malloc(12), heif._malloc(size)];
  heif._heif_image_handle_get_raw_color_profile(error, handle, data);
  const profile = Buffer.from(heif.HEAPU8.subarray(data, data + size));
  heif._free(error);
  heif._free(data);
  return profile;
}

/**
 * Writes an uncompressed TIFF file: its pixels first, then what describes them.
 * @param {Buffer} pixels [height, width, channels] uint8
 * @param {{ width: number, height: number, channels: number, profile: Buffer }} of
 */
function tiffOf(pixels, { width, height, channels, profile }) {
  const [SHORT, LONG, UNDEFINED] = [3, 4, 7];
  const even = (/** @type {number} */ n) => n + (n & 1);
  const at = even(8 + pixels.length);
  const bits = Buffer.from(new Uint16Array(channels).fill(8).buffer);
  /** @type {[tag: number, type: number, count: number, value: number][]} */
  const entries = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, at],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, 8],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, pixels.length],
    ...(channels === 4 ? [/** @type {[number, number, number, number]} */ ([338, SHORT, 1, 2])] : []),
    ...(profile.length
      ? [/** @type {[number, number, number, number]} */ ([34675, UNDEFINED, profile.length, at + 8])]
      : []),
  ];
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, type, count, value], i) => {
    const from = 2 + 12 * i;
    directory.writeUInt16LE(tag, from);
    directory.writeUInt16LE(type, from + 2);
    directory.writeUInt32LE(count, from + 4);
    directory.writeUInt32LE(value, from + 8);
  });
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(at + 8 + even(profile.length), 4);
  const between = Buffer.alloc(at - 8 - pixels.length);
  return Buffer.concat([
    head,
    pixels,
    between,
    Buffer.concat([bits], 8),
    profile,
    Buffer.alloc(profile.length & 1),
    directory,
  ]);
}
