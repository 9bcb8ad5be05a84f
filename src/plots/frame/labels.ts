/** A letter's width, in pixels, about, in texts of 12 pixels. */
export const LETTER = 6.6;

/** Cuts a text to so many letters. */
export const shortLabel = (text: string, letters: number): string =>
  text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text;

export interface NumbersApartOptions {
  /** The pixels between the first and the last number. */
  readonly area: number;
  /** Says where a number lies, on a logarithmic axis its logarithm. */
  along(x: number): number;
  /** Writes a number. */
  text(x: number): string;
}

/** Leaves out numbers of an axis whose texts would stand too close to the one before. */
export function numbersApart(numbers: readonly number[], { area, along, text }: NumbersApartOptions): number[] {
  const [from, to] = [numbers[0], numbers.at(-1)!].map(along);
  const place = (x: number): number => (area * (along(x) - from)) / (to - from || 1);
  const kept: number[] = [];
  for (const x of numbers) {
    const before = kept.at(-1);
    const room = before === undefined ? 0 : (LETTER * (text(x).length + text(before).length)) / 2 + 6;
    if (before === undefined || place(x) - place(before) >= room) kept.push(x);
  }
  return kept;
}

/** How names stand below an axis: side by side, or leaning if they are too long for that. */
export interface NamesBelow {
  /** The names that are written; those between them are left out if there is no room for all. */
  readonly shown: readonly unknown[];
  readonly tickRotate: number;
  /** The room below the axis for names and the axis' own name, and left of the first one, in pixels. */
  readonly bottom: number;
  readonly left: number;
  write(name: unknown): string;
}

/** The most letters of a name that leans. */
const LONGEST = 20;
/** How far a letter of a leaning name goes left and down, in pixels. */
const LEANING = 4.6;
/** The pixels between two leaning names. */
const LEANING_LINE = 18;

/** Chooses how names stand below an axis of so many pixels. */
export function namesBelow(names: readonly unknown[], area: number): NamesBelow {
  const letters = names.map((name) => String(name).length);
  const beside = names.every((_, i) => LETTER * letters[i] + 8 <= area / names.length);
  if (beside) return { shown: names, tickRotate: 0, bottom: 44, left: 0, write: String };
  const longest = Math.min(LONGEST, Math.max(...letters));
  const down = LEANING * longest;
  const first = Math.min(LONGEST, letters[0]);
  const write = (name: unknown): string => shortLabel(String(name), LONGEST);
  const each = Math.ceil((LEANING_LINE * names.length) / area);
  const shown = names.filter((_, i) => i % each === 0);
  return { shown, tickRotate: -45, bottom: down + 36, left: LEANING * first - area / names.length / 2, write };
}
