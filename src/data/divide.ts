import { checkOptions } from '../host/option-ranges.ts';
import { hashOf } from '../storage/files/hash.ts';

/**
 * Divides pictures into those to train on and those to test on: seeded, a share of each class, and by the content of
 * each picture, so that the same picture never stands on both sides, whatever its names and classes. Files that come
 * later change the side of few others: each picture has its own position in the seeded order.
 * @param labels [N] of 0..K-1
 * @param contents [N], the name of each picture's content
 * @param options.share share of the pictures to test on, above 0 and below 1
 * @returns [N], 1 for a test picture, else 0; if a class has two pictures or more, at least one is on each side
 */
export function divide(
  labels: ArrayLike<number>,
  contents: readonly string[],
  { share, seed }: { readonly share: number; readonly seed: number },
): Uint8Array {
  checkOptions('divide', { testShare: share, seed });
  const byClass = new Map<number, Set<string>>();
  contents.forEach((content, i) => {
    const own = byClass.get(labels[i]) ?? new Set();
    byClass.set(labels[i], own.add(content));
  });
  const tested = new Map<string, boolean>();
  for (const label of [...byClass.keys()].sort((a, b) => a - b)) {
    const own = [...byClass.get(label)!];
    const order = own.map((content) => ({ content, rank: hashOf(['divide', seed, content]) }));
    order.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    const wanted = own.length < 2 ? 0 : Math.min(own.length - 1, Math.max(1, Math.round(share * own.length)));
    let left = wanted - own.filter((content) => tested.get(content)).length;
    for (const { content } of order) if (!tested.has(content)) tested.set(content, left-- > 0);
  }
  return Uint8Array.from(contents, (content) => Number(tested.get(content)));
}
