import { crc32, deflateSync } from 'node:zlib';

/**
 * What Plot needs from a canvas' context: its continuous colour legends are filled pixel by pixel, and its rasters put
 * in as a whole.
 */
export interface Context {
  fillStyle: string;
  fillRect(x: number, y: number, width: number, height: number): void;
  createImageData(width: number, height: number): ImageDataLike;
  putImageData(image: ImageDataLike, x: number, y: number): void;
}

interface ImageDataLike {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] uint8 RGBA. */
  readonly data: Uint8ClampedArray;
}

interface Canvas {
  width: number;
  height: number;
}

const pixels = new WeakMap<Canvas, Uint8ClampedArray>();

/**
 * Gives a jsdom window canvases that hold pixels, only as far as Plot uses them: jsdom's own need a native library.
 */
export function giveCanvas({ HTMLCanvasElement }: { HTMLCanvasElement: { prototype: unknown } }): void {
  Object.assign(HTMLCanvasElement.prototype as object, {
    getContext(this: Canvas) {
      return contextOf(this);
    },
    toDataURL(this: Canvas) {
      return `data:image/png;base64,${png(this.width, this.height, pixelsOf(this)).toString('base64')}`;
    },
  });
}

function pixelsOf(canvas: Canvas): Uint8ClampedArray {
  const size = canvas.width * canvas.height * 4;
  const held = pixels.get(canvas);
  if (held?.length === size) return held;
  const fresh = new Uint8ClampedArray(size); // changing its size clears a canvas
  pixels.set(canvas, fresh);
  return fresh;
}

const contextOf = (canvas: Canvas): Context => ({
  fillStyle: '#000',
  fillRect(x, y, width, height) {
    const colour = parseColour(this.fillStyle);
    const target = pixelsOf(canvas);
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) target.set(colour, (row * canvas.width + column) * 4);
  },
  createImageData: (width, height) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) }),
  putImageData({ width, height, data }, x, y) {
    const target = pixelsOf(canvas);
    for (let row = 0; row < height; row++)
      target.set(data.subarray(row * width * 4, (row + 1) * width * 4), ((y + row) * canvas.width + x) * 4);
  },
});

/** Parses `rgb(1, 2, 3)`, `rgba(1, 2, 3, 0.5)`, `#123` or `#010203`, as d3's colour scales write them, into RGBA. */
function parseColour(text: string): [red: number, green: number, blue: number, alpha: number] {
  const numbers = /^rgba?\(([^)]*)\)$/
    .exec(text)?.[1]
    .split(/[\s,/]+/)
    .map(Number);
  if (numbers) return [numbers[0], numbers[1], numbers[2], 255 * (numbers[3] ?? 1)];
  const digits = /^#([\da-f]{6}|[\da-f]{3})$/i.exec(text)?.[1];
  if (!digits) throw new RangeError(`canvas: expected a colour as rgb(…) or #…; got "${text}".`);
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16)).concat(255) as [number, number, number, number];
}

/** Encodes pixels, [height, width, 4] uint8 RGBA, as PNG (W3C's recommendation, 3rd edition). */
export function png(width: number, height: number, rgba: Uint8ClampedArray): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 4)); // each begins with its filter: none
  for (let y = 0; y < height; y++) rows.set(rgba.subarray(y * width * 4, (y + 1) * width * 4), y * (1 + width * 4) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8); // bits a sample, RGBA
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
