import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { CASE_LIMIT, CASES, report, SEED } from '../faults/scale.ts';
import { REFERENCES } from '../references/read.ts';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/**
 * Tries many inputs, those that once failed first (corpus/NAME.json). A case has to end within a time limit, in a right
 * result or in a clear error.
 * @param check throws what is wrong; an error of the code under test is handed to {@link clear}
 */
export async function fuzz<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
  { cases = CASES } = {},
): Promise<void> {
  const file = path.join(HERE, 'corpus', `${name}.json`);
  const corpus = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8'), revive) as T[]) : [];
  let slowest = 0;
  const timed = async (input: T): Promise<void> => {
    const started = performance.now();
    await check(input);
    slowest = Math.max(slowest, performance.now() - started);
    if (performance.now() - started > CASE_LIMIT)
      throw new Error(`took ${((performance.now() - started) / 1000).toFixed(1)} s`);
  };
  const property = fc.asyncProperty(arbitrary, timed);
  const result = await fc.check(property, {
    numRuns: cases,
    seed: SEED,
    examples: corpus.map((input) => [input] as [T]),
  });
  if (result.failed) {
    const [input] = result.counterexample ?? [];
    throw new Error(
      `${name}: ${String((result.errorInstance as Error | undefined)?.stack ?? 'failed')}\nKeep this in corpus/${name}.json: ${JSON.stringify(input, replace)}`,
    );
  }
  report(
    `${name}: ${result.numRuns.toLocaleString('en-US')} cases (${corpus.length} of the corpus), the slowest ${slowest.toFixed(0)} ms`,
  );
}

/** Bytes as base64 in JSON. */
const replace = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
/** Also a file of test/references with some bytes changed: `{ reference, bytes: [[at, value], …] }`. */
const revive = (_: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if ('base64' in value) return new Uint8Array(Buffer.from(String(value.base64), 'base64'));
  if (!('reference' in value)) return value;
  const changed = new Uint8Array(readFileSync(path.join(REFERENCES, String(value.reference))));
  for (const [at, byte] of (value as unknown as { bytes: [number, number][] }).bytes) changed[at] = byte;
  return changed;
};

/**
 * Whether an error tells a person something: one of ours that says what is wrong, and not what JavaScript says of a
 * mistake in the code.
 * @throws the error itself where it does not
 */
export function clear(error: unknown, expected: RegExp): void {
  const { name, message } = error as Error;
  const ours = error instanceof Error && /^(Error|RangeError|UsageError)$/.test(name) && expected.test(message);
  if (!ours || /undefined|Cannot read|is not a function|is not iterable|Invalid array length|\[object/.test(message))
    throw error;
}

/** Some bytes of a real file changed, cut off, repeated or put in. */
export const mutated = (real: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const place = fc.oneof(fc.nat(Math.min(real.length - 1, 4096)), fc.nat(real.length - 1)); // headers twice as often
  const flips = fc
    .array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 16 })
    .map((changes) => {
      const bytes = Uint8Array.from(real);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  const cut = place.map((length) => real.slice(0, length));
  const words = fc.tuple(place, fc.constantFrom(0, 0x7fffffff, 0xffffffff, 0x80000000, 1)).map(([at, word]) => {
    const bytes = Buffer.from(real);
    bytes.writeUInt32LE(word, Math.min(at, bytes.length - 4));
    return Uint8Array.from(bytes);
  });
  const spliced = fc
    .tuple(place, place, fc.uint8Array({ maxLength: 64 }))
    .map(([from, to, bytes]) => Uint8Array.from([...real.subarray(0, from), ...bytes, ...real.subarray(to)]));
  return fc.oneof(
    { weight: 5, arbitrary: flips },
    { weight: 2, arbitrary: cut },
    { weight: 3, arbitrary: words },
    { weight: 1, arbitrary: spliced },
  );
};
