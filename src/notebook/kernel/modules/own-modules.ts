import { applyEdits, type Edit } from '../compile/edits.ts';
import { pauseEdits } from '../compile/pauses.ts';

const INLINE_MAP = /(\/\/# sourceMappingURL=data:application\/json;base64,)(\S+)\s*$/;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Lets Stop end the loops of a user's own module, as it does those of functions in cells: each await first asks whether
 * the calling cell was stopped (pauses.ts).
 * @param code the code that tsx compiles, with its source map at its end
 */
export function stoppable(code: string): string {
  const map = INLINE_MAP.exec(code);
  if (!map || !/\bawait\b/.test(code)) return code;
  const plain = code.slice(0, map.index);
  const edits = pauseEdits(plain);
  const { mappings, ...rest } = JSON.parse(Buffer.from(map[2], 'base64').toString()) as { mappings: string };
  const shifted = JSON.stringify({ ...rest, mappings: shiftColumns(mappings, plain, edits) });
  return applyEdits(plain, edits).text + map[1] + Buffer.from(shifted).toString('base64');
}

/**
 * Moves the columns of a source map behind the insertions in the code. In each line the first field of a segment is its
 * column, as the difference from the previous segment (https://tc39.es/ecma426/).
 */
function shiftColumns(mappings: string, code: string, insertions: readonly Edit[]): string {
  const lines = code.split('\n');
  let start = 0;
  return mappings
    .split(';')
    .map((segments, i) => {
      const end = start + (lines[i]?.length ?? 0);
      const here = insertions
        .filter(({ at }) => at >= start && at <= end)
        .map((one) => ({ ...one, at: one.at - start }));
      start = end + 1;
      if (!segments || !here.length) return segments;
      let column = 0;
      let before = 0;
      return segments
        .split(',')
        .map((segment) => {
          const { value, length } = decode(segment);
          column += value;
          const moved = here.reduce((sum, { at, text }) => (at <= column ? sum + text.length : sum), column);
          const encoded = encode(moved - before);
          before = moved;
          return encoded + segment.slice(length);
        })
        .join(',');
    })
    .join(';');
}

/** Reads the number that a segment begins with: five bits a digit, the lowest first, the lowest bit of all its sign. */
function decode(segment: string): { readonly value: number; readonly length: number } {
  let value = 0;
  let length = 0;
  for (let more = true; more; length++) {
    const digit = DIGITS.indexOf(segment[length]);
    value += (digit & 31) << (5 * length);
    more = digit >= 32;
  }
  return { value: value & 1 ? -(value >> 1) : value >> 1, length };
}

function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    text += DIGITS[(rest & 31) | (rest > 31 ? 32 : 0)];
    rest >>= 5;
  } while (rest);
  return text;
}
