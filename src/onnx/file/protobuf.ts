import { PbfReader, PbfWriter } from 'pbf';

/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  /** The value of a variable-length integer; -2^53..2^53. */
  readonly value: number;
  /** The content of a message, a text or packed numbers; empty for an integer. */
  readonly bytes: Uint8Array;
  /** The whole field, with its tag, as it is in the message. */
  readonly raw: Uint8Array;
}

/** Says that a message is not protobuf: cut off, or something else. */
export class NoProtobuf extends Error {}

const NOTHING = new Uint8Array(0);
/** The bytes of a field after its tag, by wire type; 0 and 2 give it themselves. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/**
 * Reads the fields of a protobuf message (protobuf.dev, "Encoding"), each checked against the message's end; nothing is
 * copied.
 * @throws NoProtobuf
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const pbf = new PbfReader(message);
  while (pbf.pos < message.length) {
    const start = pbf.pos;
    const tag = varint(pbf);
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    let value = 0;
    let bytes: Uint8Array = NOTHING;
    if (wire === 0) value = varint(pbf);
    else {
      const length = wire === 2 ? varint(pbf) : (FIXED[wire] ?? NaN);
      const end = pbf.pos + length;
      if (!(number > 0 && length >= 0 && end <= message.length))
        throw new NoProtobuf(`field ${number} of wire type ${wire} at byte ${start} ends outside`);
      bytes = message.subarray(pbf.pos, end);
      pbf.pos = end;
    }
    yield { number, value, bytes, raw: message.subarray(start, pbf.pos) };
  }
}

function varint(pbf: PbfReader): number {
  let value: number;
  try {
    value = pbf.readVarint(true);
  } catch {
    value = NaN; // longer than ten bytes
  }
  if (!Number.isFinite(value) || pbf.pos > pbf.length) throw new NoProtobuf('a number that does not end');
  return value;
}

/** Gives the integers of a repeated field, packed or one by one. */
export function integersOf({ bytes, value, raw }: Field): number[] {
  if (raw.length && !bytes.length && !isPacked(raw)) return [value];
  const pbf = new PbfReader(bytes);
  const values: number[] = [];
  while (pbf.pos < bytes.length) values.push(varint(pbf));
  return values;
}

/** Whether a field's tag says "length-delimited"; its first byte holds the wire type. */
const isPacked = (raw: Uint8Array): boolean => (raw[0] & 7) === 2;

const decoder = new TextDecoder();
export const textOf = ({ bytes }: Field): string => decoder.decode(bytes);

/** Writes a field that holds bytes: a message, a text or raw values. */
export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  const tag = new PbfWriter();
  tag.writeVarint(number * 8 + 2);
  tag.writeVarint(bytes.length);
  return joinBytes([tag.finish(), bytes]);
}

/** Joins fields one after the other, which makes a message of them. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
