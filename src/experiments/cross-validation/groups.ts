import type { Features } from '../../features/features.ts';
import { keyAt } from '../../storage/rows/keys.ts';
import { nearestNeighbours } from '../../features/neighbours.ts';

/** From this cosine of their features on, two images are nearly the same: crops, other sizes, other compression. */
const NEARLY = 0.99;
/** Up to this many images are compared with each other; among more, only those of the same content are found. */
const COMPARED = 10_000;
/** How many neighbours of each are looked at; longer chains join one by one. */
const NEIGHBOURS = 5;

/**
 * Finds images that belong together: of the same content, or nearly the same to the network.
 * @param options.above the smallest cosine of features that counts, −1..1 @default 0.99
 * @returns groups [N], the same number for images of a group; a note if only those of the same content were looked for
 */
export async function duplicateGroups(
  features: Features,
  { above = NEARLY, signal }: { readonly above?: number; readonly signal?: AbortSignal } = {},
): Promise<{ readonly groups: Int32Array; readonly note?: string }> {
  const n = features.labels.length;
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const rootOf = (image: number): number => {
    let root = image;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]];
    return root;
  };
  const join = (one: number, other: number): void => void (parent[rootOf(one)] = rootOf(other));
  if (features.contents) {
    const contents = features.contents();
    const first: number[] = [];
    numbered(Array.from({ length: n }, (_, i) => Buffer.from(keyAt(contents, i)).toString('latin1'))).forEach(
      (content, i) => join(i, (first[content] ??= i)),
    );
  }
  let note: string | undefined;
  if (n > COMPARED) note = `of more than ${COMPARED.toLocaleString('en-US')} images near-duplicates are not looked for`;
  else if (await hasEmptyRow(features))
    note = 'an image has features that are all 0: near-duplicates are not looked for';
  else if (n > 1) {
    const count = Math.min(NEIGHBOURS, n);
    const { indices, similarities } = await nearestNeighbours(features, features, { count, signal });
    for (let at = 0; at < indices.length; at++)
      if (similarities[at] >= above) join(Math.floor(at / count), indices[at]);
  }
  return { groups: Int32Array.from({ length: n }, (_, i) => rootOf(i)), ...(note && { note }) };
}

/** Whether a row has no direction by which it could be compared. */
async function hasEmptyRow(features: Features): Promise<boolean> {
  const n = features.labels.length;
  for (let from = 0; from < n; from += 500) {
    const indices = Int32Array.from({ length: Math.min(500, n - from) }, (_, i) => from + i);
    const rows = await features.rows(indices);
    const width = rows.length / indices.length;
    for (let i = 0; i < indices.length; i++)
      if (rows.subarray(i * width, (i + 1) * width).every((value) => value === 0)) return true;
  }
  return false;
}

/** Numbers the values of a list from 0, in the order in which they come. */
export function numbered(values: ArrayLike<number | string>): Int32Array {
  const numbers = new Map<number | string, number>();
  return Int32Array.from(Array.from(values), (value) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  });
}
