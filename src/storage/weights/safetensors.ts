import { readFileSync } from 'node:fs';
import { ownOf } from '../../host/own.ts';
import { shortPath } from '../../project.ts';
import type { StoredWeight, Weights } from './weights-file.ts';

/** What the header says about a tensor (https://github.com/huggingface/safetensors, "Format"). */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [from: number, to: number];
}

/** The bytes of a value. */
const SIZES: Readonly<Record<string, number>> = { I8: 1, F32: 4 };
/** The most bytes of a header, as in the reference implementation. */
const MOST_HEADER = 100_000_000;

/**
 * Opens weights in the safetensors format: `<layer>/kernel` and `<layer>/bias` as F32, or the kernel as I8 with
 * `<layer>/kernel_largest` F32 [K], the largest absolute weight of each output channel (the kernel's last axis). An
 * 8-bit value q stands for q / 127 of that.
 * @throws Error naming the file, with what was expected and found
 */
export function openSafetensors(file: string): Weights {
  const bytes = readBytes(file);
  const damaged = (what: string): Error =>
    new Error(`${shortPath(file)}: expected weights in the safetensors format; ${what}. The file is damaged.`);
  const length = bytes.length < 8 ? NaN : Number(bytes.readBigUInt64LE(0));
  if (!(length <= Math.min(MOST_HEADER, bytes.length - 8)))
    throw damaged(`it has ${bytes.length} bytes, which hold no header`);
  const data = bytes.subarray(8 + length);
  const entries = parseHeader(bytes.subarray(8, 8 + length).toString('utf8'), damaged);
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [from, to],
    },
  ] of entries) {
    const expected = shape.reduce((a, b) => a * b, ownOf(SIZES, dtype)!);
    if (!(from >= 0 && to <= data.length && to - from === expected))
      throw damaged(
        `"${name}" (${dtype}, [${shape.join(', ')}]) takes ${expected} bytes, and ${from} to ${to} of ${data.length} are named`,
      );
  }
  const floats = (name: string): Float32Array => {
    const [from, to] = entries.get(name)!.data_offsets;
    return new Float32Array(new Uint8Array(data.subarray(from, to)).buffer);
  };
  const layers = new Map<string, StoredWeight[]>();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [from, to],
    },
  ] of entries) {
    const [layer, part] = name.split(/\/(?=[^/]*$)/);
    if (part !== 'kernel' && part !== 'bias') continue;
    const largest = `${name}_largest`;
    if (dtype === 'I8' && entries.get(largest)?.shape.join() !== String(shape.at(-1)))
      throw damaged(`"${largest}", the scales of "${name}", are missing`);
    const read = (): Float32Array =>
      dtype === 'I8' ? dequantized(data.subarray(from, to), floats(largest)) : floats(name);
    const own = layers.get(layer) ?? [];
    own[part === 'kernel' ? 0 : 1] = { shape, dtype, isFloat: true, read };
    layers.set(layer, own);
  }
  // libraries that write the format sort by type and name
  return { file, bytes: bytes.length, layers, inOrder: 'none', close() {} };
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`${shortPath(file)}: expected a file of weights; it cannot be read (${code}).`, { cause });
  }
}

function parseHeader(text: string, damaged: (what: string) => Error): Map<string, Entry> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw damaged('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw damaged('its header is no object');
  const entries = Object.entries(header as Record<string, Partial<Entry> | null>).filter(
    ([name]) => name !== '__metadata__',
  );
  const whole = (values: unknown): boolean =>
    Array.isArray(values) && values.every((value) => Number.isSafeInteger(value) && value >= 0);
  const odd = entries.find(
    ([, entry]) =>
      !(
        entry &&
        ownOf(SIZES, String(entry.dtype)) &&
        whole(entry.shape) &&
        whole(entry.data_offsets) &&
        entry.data_offsets!.length === 2
      ),
  );
  if (odd)
    throw damaged(
      `"${odd[0]}" is none of ${Object.keys(SIZES).join(', ')} with shape and offsets: ${JSON.stringify(odd[1])}`,
    );
  return new Map(entries as [string, Entry][]);
}

/** Computes q · largest / 127, so that ±127 gives the largest weight itself, bit for bit. */
function dequantized(bytes: Uint8Array, largest: Float32Array): Float32Array {
  const steps = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(steps.length); // by loops: Float32Array.from takes fifty times as long
  for (let row = 0; row < steps.length; row += largest.length)
    for (let o = 0; o < largest.length; o++) values[row + o] = (steps[row + o] * largest[o]) / 127;
  return values;
}
