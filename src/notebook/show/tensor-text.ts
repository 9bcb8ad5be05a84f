import type { TensorLike } from './kinds.ts';
import { formatNumbers } from '../../text/numbers.ts';

const ROWS = 3; // at each end
const COLUMNS = 4;

/**
 * Writes a tensor as its type, its shape and the corners of its last two axes, at index 0 of the earlier axes. The
 * tensor stays, and little is read from it.
 */
export function tensorText(tensor: TensorLike): string {
  const { dtype, shape } = tensor;
  const title = `Tensor ${dtype} [${shape.map((n) => n.toLocaleString('en-US')).join(', ')}]`;
  if (tensor.isDisposed) return `${title}, disposed`;
  if (!tensor.size || dtype.startsWith('complex')) return title;
  if (!shape.length) return `${title}  ${textOf(tensor.dataSync()[0])}`;
  const [rows, columns] = [shape.length > 1 ? shape.at(-2)! : 1, shape.at(-1)!];
  const [r, c] = [corner(rows, ROWS), corner(columns, COLUMNS)];
  const values = r.map((row) => (row === undefined ? undefined : readRow(tensor, row, c)));
  const texts = aligned(values.map((row) => row ?? c.map(() => '⋮')));
  const leading =
    shape.length > 2
      ? `\n[${shape
          .slice(0, -2)
          .map(() => '0')
          .join(', ')}]`
      : '';
  return `${title}${leading}\n${texts.map((row) => ` ${row.join('  ')}`).join('\n')}`;
}

/** Gives the indices at both ends; undefined stands for those between. */
function corner(count: number, ends: number): (number | undefined)[] {
  if (count <= 2 * ends + 1) return Array.from({ length: count }, (_, i) => i);
  return [
    ...Array.from({ length: ends }, (_, i) => i),
    undefined,
    ...Array.from({ length: ends }, (_, i) => count - ends + i),
  ];
}

function readRow(tensor: TensorLike, row: number, columns: readonly (number | undefined)[]): (number | string)[] {
  const { shape } = tensor;
  const begin = shape.map((_, axis) => (axis === shape.length - 2 ? row : 0));
  const part = tensor.slice(
    begin,
    shape.map((n, axis) => (axis === shape.length - 1 ? n : 1)),
  );
  try {
    const data = part.dataSync();
    return columns.map((column) => (column === undefined ? '…' : data[column]));
  } finally {
    part.dispose();
  }
}

const textOf = (value: number | string): string => (typeof value === 'number' ? formatNumbers([value])[0] : value);

function aligned(rows: readonly (readonly (number | string)[])[]): string[][] {
  const numbers = rows.flat().filter((value): value is number => typeof value === 'number');
  const formatted = formatNumbers(numbers);
  let n = 0;
  const texts = rows.map((row) => row.map((value) => (typeof value === 'number' ? formatted[n++] : value)));
  const widths = texts[0].map((_, c) => Math.max(...texts.map((row) => row[c].length)));
  return texts.map((row) => row.map((text, c) => text.padStart(widths[c])));
}
