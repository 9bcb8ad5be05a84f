/** What the boxes of a HEIF or AVIF file say about its main picture. */
export interface HeifFacts {
  /** The width in pixels, as stored: a rotation may follow; 0 if no box gives it. */
  readonly width: number;
  readonly height: number;
  /** The bits of a sample. */
  readonly bits: number;
  /** Whether it has an ICC profile. */
  readonly hasProfile: boolean;
  /** Whether all its boxes end within the file. */
  readonly whole: boolean;
}

interface Box {
  readonly type: string;
  /** Where its content starts and ends. */
  readonly start: number;
  readonly end: number;
}

/** Gives the boxes in a range; one that ends behind its surroundings is the last (ISO/IEC 14496-12, 4.2). */
function boxesIn(view: DataView, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to;) {
    const size = view.getUint32(at);
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    const long = size === 1 && at + 16 <= to;
    const length = long ? Number(view.getBigUint64(at + 8)) : size || to - at;
    if (length < 8) break;
    boxes.push({ type, start: at + (long ? 16 : 8), end: at + length });
    at += length;
  }
  return boxes;
}

/**
 * Reads the properties of a file's main picture (ISO/IEC 23008-12); for a grid of tiles, those of the whole.
 * @param bytes the whole file, or its beginning (then `whole` is meaningless)
 */
export function heifFacts(bytes: Uint8Array): HeifFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const top = boxesIn(view, 0, bytes.length);
  const whole = top.every(({ end }) => end <= bytes.length) && top.some(({ type }) => type === 'mdat');
  const none = { width: 0, height: 0, bits: 8, hasProfile: false, whole };
  const meta = top.find(({ type }) => type === 'meta');
  if (!meta || meta.end > bytes.length) return none;
  const inMeta = boxesIn(view, meta.start + 4, meta.end);
  const named = (boxes: readonly Box[], name: string): Box | undefined =>
    boxes.find(({ type, end }) => type === name && end <= meta.end);
  const [main, iprp] = [named(inMeta, 'pitm'), named(inMeta, 'iprp')];
  const inIprp = iprp ? boxesIn(view, iprp.start, iprp.end) : [];
  const [ipco, ipma] = [named(inIprp, 'ipco'), named(inIprp, 'ipma')];
  if (!main || !ipco || !ipma) return none;
  const item = view.getUint8(main.start) ? view.getUint32(main.start + 4) : view.getUint16(main.start + 4);
  const all = boxesIn(view, ipco.start, ipco.end);
  const own = propertiesOf(view, ipma, item).flatMap((number) => all[number - 1] ?? []);
  const size = own.find(({ type, end, start }) => type === 'ispe' && end - start >= 12);
  const depth = own.find(({ type, end, start }) => type === 'pixi' && end - start >= 6);
  const colour = own.filter(({ type }) => type === 'colr').map(({ start }) => view.getUint32(start));
  return {
    width: size ? view.getUint32(size.start + 4) : 0,
    height: size ? view.getUint32(size.start + 8) : 0,
    bits: depth ? view.getUint8(depth.start + 5) : 8,
    hasProfile: colour.some((kind) => kind === PROF || kind === RICC),
    whole,
  };
}

/** `prof` and `rICC`, the two kinds of a `colr` box that hold a profile. */
const [PROF, RICC] = [0x70726f66, 0x72494343];

/** Gives the numbers of an item's properties, from 1. */
function propertiesOf(view: DataView, { start, end }: Box, wanted: number): number[] {
  const [version, wide] = [view.getUint8(start), (view.getUint8(start + 3) & 1) === 1];
  const count = view.getUint32(start + 4);
  let at = start + 8;
  for (let entry = 0; entry < count && at + 4 < end; entry++) {
    const item = version ? view.getUint32(at) : view.getUint16(at);
    at += version ? 4 : 2;
    const n = view.getUint8(at++);
    const step = wide ? 2 : 1;
    if (at + n * step > end) break;
    if (item === wanted)
      return Array.from({ length: n }, (_, i) =>
        wide ? view.getUint16(at + 2 * i) & 0x7fff : view.getUint8(at + i) & 0x7f,
      );
    at += n * step;
  }
  return [];
}
