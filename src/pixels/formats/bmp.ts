/** A decoded bitmap. */
export interface Bitmap {
  readonly height: number;
  readonly width: number;
  /** [H, W, 3] uint8 RGB; transparency, which few programs write correctly, is dropped. */
  readonly pixels: Uint8Array;
}

/** Kinds of compression (`biCompression`). */
const [PLAIN, RLE8, RLE4, MASKS, ALPHA_MASKS] = [0, 1, 2, 3, 6];

/**
 * Decodes a Windows or OS/2 bitmap: 1, 2, 4 or 8 bits with a palette, run-length encoded or not, 16, 24 or 32 bits with
 * or without masks, from the bottom up or from the top down.
 * @param bytes the whole file
 * @param limit the most pixels that a picture may have
 * @throws Error saying what is wrong, without the file's name
 */
export function decodeBmp(bytes: Uint8Array, limit: number): Bitmap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26 || view.getUint16(0) !== 0x424d) throw new Error('it is not a BMP');
  const header = view.getUint32(14, true);
  const core = header === 12;
  if (14 + header > bytes.length || (!core && header < 40))
    throw new Error(`its header of ${header} bytes is not known`);
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const [height, fromTop] = [Math.abs(signed), signed < 0];
  const bits = view.getUint16(core ? 24 : 28, true);
  const compression = core ? PLAIN : view.getUint32(30, true);
  if (!(width > 0 && height > 0 && width * height <= limit))
    throw new Error(`its size, ${width}×${height}, is not one that Graft reads`);
  const start = view.getUint32(10, true);
  const runs = (compression === RLE8 && bits === 8) || (compression === RLE4 && bits === 4);
  const masked = (compression === MASKS || compression === ALPHA_MASKS) && (bits === 16 || bits === 32);
  if (!(runs || masked || (compression === PLAIN && [1, 2, 4, 8, 16, 24, 32].includes(bits))))
    throw new Error(`its kind, ${bits} bits with compression ${compression}, is not one that Graft reads`);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start > bytes.length || (!runs && start + stride * height > bytes.length))
    throw new Error(`it is cut off: expected ${start + stride * height} bytes; got ${bytes.length}`);
  const pixels = new Uint8Array(width * height * 3);
  const rowAt = (y: number): number => (fromTop ? y : height - 1 - y) * width * 3;
  if (bits <= 8) {
    const colours = paletteOf(bytes, view, { core, header, bits, start });
    const indices = runs ? unpackRuns(bytes.subarray(start), width, height, bits) : undefined;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const index = indices ? indices[y * width + x] : indexAt(bytes, start + y * stride, x, bits);
        pixels.set(colours.subarray(3 * index, 3 * index + 3), rowAt(y) + 3 * x);
      }
    return { height, width, pixels };
  }
  const levels = masked || bits === 16 ? maskLevels(view, bits, masked, header) : undefined;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [at, to] = [start + y * stride + (x * bits) / 8, rowAt(y) + 3 * x];
      if (levels) levels(bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true), pixels, to);
      else [pixels[to], pixels[to + 1], pixels[to + 2]] = [bytes[at + 2], bytes[at + 1], bytes[at]];
    }
  return { height, width, pixels };
}

/** @returns [2^bits, 3] uint8 RGB; black for colours missing in the file */
function paletteOf(
  bytes: Uint8Array,
  view: DataView,
  {
    core,
    header,
    bits,
    start,
  }: { readonly core: boolean; readonly header: number; readonly bits: number; readonly start: number },
): Uint8Array {
  const step = core ? 3 : 4;
  const from = 14 + header;
  const said = core || header < 40 ? 0 : view.getUint32(46, true);
  const room = Math.floor((Math.max(from, Math.min(start, bytes.length)) - from) / step);
  const count = Math.min(said || 2 ** bits, 2 ** bits, room);
  const colours = new Uint8Array(3 * 2 ** bits);
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) colours[3 * i + c] = bytes[from + i * step + 2 - c];
  return colours;
}

function indexAt(bytes: Uint8Array, row: number, x: number, bits: number): number {
  const bit = x * bits;
  return (bytes[row + (bit >> 3)] >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
}

/**
 * Decodes run-length encoding: a count and an index, or 0 and an end of line, an end, a step, or so many plain indices.
 */
function unpackRuns(bytes: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const out = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const put = (index: number): void => {
    if (x < width && y < height) out[y * width + x] = index;
    x++;
  };
  const half = (byte: number, i: number): number => (bits === 8 ? byte : i % 2 ? byte & 15 : byte >> 4);
  while (at + 1 < bytes.length && y < height) {
    const [count, code] = [bytes[at++], bytes[at++]];
    if (count) for (let i = 0; i < count; i++) put(half(code, i));
    else if (code === 0) [x, y] = [0, y + 1];
    else if (code === 1) return out;
    else if (code === 2) [x, y, at] = [x + (bytes[at] ?? 0), y + (bytes[at + 1] ?? 0), at + 2];
    else {
      const length = Math.ceil((code * bits) / 8);
      for (let i = 0; i < code; i++) put(half(bytes[at + (bits === 8 ? i : i >> 1)] ?? 0, i));
      at += length + (length & 1); // whole words
    }
  }
  if (y < height - 1) throw new Error('it is cut off: its rows end too early');
  return out;
}

/** Makes a function that turns a pixel of 16 or 32 bits into levels: by the masks, or 5 bits for each colour. */
function maskLevels(
  view: DataView,
  bits: number,
  masked: boolean,
  header: number,
): (pixel: number, out: Uint8Array, at: number) => void {
  if (masked && view.byteLength < 66) throw new Error('its masks are missing');
  const masks = masked ? [54, 58, 62].map((at) => view.getUint32(at, true)) : [0x7c00, 0x3e0, 0x1f];
  const parts = masks.map((mask) => {
    const shift = mask ? 31 - Math.clz32(mask & -mask) : 0;
    return { shift, most: mask >>> shift };
  });
  if (parts.some(({ most }) => !most || (most & (most + 1)) !== 0) || header < 40)
    throw new Error(`its masks, ${masks.join(', ')}, do not fit ${bits} bits`);
  return (pixel, out, at) =>
    parts.forEach(
      ({ shift, most }, c) => (out[at + c] = Math.round((((pixel >>> shift) & most) >>> 0) * (255 / most))),
    );
}
