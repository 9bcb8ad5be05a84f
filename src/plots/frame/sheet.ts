import type { Dataset } from '../../data/dataset.ts';
import { resample } from '../../pixels/resample.ts';
import type { RawPicture } from './picture-address.ts';

/** All pictures of a data set on one sheet, row by row. */
export interface Sheet extends RawPicture {
  /** How many pictures are in a row. */
  readonly columns: number;
}

/** How many pictures are read at once. */
const BLOCK = 200;

/**
 * Puts all pictures on one sheet, so that pages carry one address instead of thousands. Each is made square, and no
 * larger than it is shown.
 * @param most the most pixels of a side that are shown
 */
export async function sheetOf(dataset: Dataset, most: number): Promise<Sheet> {
  const { n, imageSize } = dataset;
  const [height, width] = imageSize;
  const side = Math.min(most, Math.max(height, width));
  const asTheyAre = height === side && width === side;
  const columns = Math.ceil(Math.sqrt(n));
  const rows = Math.ceil(n / columns);
  const pixels = new Uint8Array(columns * rows * side * side * 3).fill(255);
  const bytes = height * width * 3;
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    const block = await dataset.read(from, to);
    for (let i = from; i < to; i++) {
      const own = block.subarray((i - from) * bytes, (i - from + 1) * bytes);
      const picture = asTheyAre ? own : resample(own, imageSize, { size: side, interpolation: 'area' });
      const [left, top] = [(i % columns) * side, Math.floor(i / columns) * side];
      for (let r = 0; r < side; r++) {
        const row = picture.subarray(r * side * 3, (r + 1) * side * 3);
        pixels.set(row, ((top + r) * columns * side + left) * 3);
      }
    }
  }
  return { pixels, size: [rows * side, columns * side], columns };
}
