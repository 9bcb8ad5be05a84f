/** Why a file is left out: a kind, followed by a colon and details. */
export const PROBLEMS = [
  'empty',
  'no picture',
  'not read',
  'too large',
  'damaged',
  'cannot be opened',
  'missing',
] as const;
export type Problem = (typeof PROBLEMS)[number];

/** Finds the kind of a problem that was noted of a file. */
export const problemOf = ({ problem }: { readonly problem: string }): Problem | undefined =>
  PROBLEMS.find((kind) => problem === kind || problem.startsWith(`${kind}: `));

/** Says that a picture cannot be decoded, and that it is the picture's fault. */
export class PictureProblem extends Error {
  constructor(
    readonly kind: Problem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Writes in one line what libvips says: each of its lines once, without what it says about Graft's settings.
 * @param message with a line for each strip of a TIFF file, often twice
 */
export function inOneLine(message: string): string {
  const lines = message
    .split('\n')
    .map((line) => line.replace(/^Input (?:buffer|file) has corrupt header: /, '').trim())
    .filter((line) => line && line !== 'Warning treated as error due to failOn setting');
  const [first, ...others] = new Set(lines);
  return [first ?? message.trim(), ...others.slice(0, 1)].join('; ');
}
