const MOST_DECIMALS = 6;
const LARGE = 1e15;

/**
 * Writes numbers as people read them, so that they line up below each other: thousands in groups, and the same number
 * of decimals for all. That is as many as the largest needs for four digits, or as the smallest needs so as not to
 * vanish, and none that all can do without.
 * @returns one text for each number; `–` for NaN
 */
export function formatNumbers(values: readonly number[]): string[] {
  const finite = values.filter(Number.isFinite);
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  const [largest, smallest] = [Math.max(1, ...sizes), Math.min(1, ...sizes)];
  const forLargest = Math.max(0, 3 - Math.floor(Math.log10(largest)));
  const forSmallest = smallest < 10 ** -forLargest ? Math.ceil(-Math.log10(smallest)) + 1 : forLargest;
  const most = finite.every(Number.isInteger) ? 0 : forSmallest;
  if (most > MOST_DECIMALS || largest >= LARGE) return values.map(formatNumber); // too different to share decimals
  const decimals = Math.max(0, ...finite.map((value) => decimalsOf(value, most)));
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return values.map((value) => (Number.isFinite(value) ? value.toLocaleString('en-US', options) : notFinite(value)));
}

/** Writes one number: 4,480; 85.2; 0.39; 2.8e-5. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  if (size >= LARGE || (size > 0 && size < 1e-4)) return String(Number(value.toPrecision(4)));
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', size >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });
}

/** Writes how much of something there is in a second: 4,480; 61; 6.91. */
export const formatRate = (rate: number): string => rate.toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** Counts the decimals of a number when it is rounded to at most `most`. */
const decimalsOf = (value: number, most: number): number => (/\.(\d*?)0*$/.exec(value.toFixed(most))?.[1] ?? '').length;

const notFinite = (value: number): string => (Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞');
