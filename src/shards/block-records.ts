import type { Place } from '../storage/places/place.ts';
import { parseSealed, sealed } from '../storage/files/sealed-json.ts';
import { inTurns } from '../host/in-turns.ts';

/** Says that a block of a plan is computed, and by what. */
export interface BlockRecord {
  readonly block: number;
  /** Rows that are there; fewer than the block's where pictures cannot be decoded. */
  readonly rows: number;
  /** The file, below the set's folder; none where no row is there. */
  readonly piece?: { readonly name: string; readonly bytes: number };
  /** The kind of CPU that computed it. */
  readonly cpu: string;
}

const folderOf = (plan: string): string => `plans/${plan}/blocks/`;
export const recordName = (plan: string, block: number): string =>
  `${folderOf(plan)}${String(block).padStart(6, '0')}.json`;

/**
 * What is said to be computed of a plan.
 * @param wanted which blocks to read of @default all
 * @returns by block; undefined for a record that is damaged
 */
export async function readBlockRecords(
  place: Place,
  plan: string,
  wanted: (block: number) => boolean = () => true,
): Promise<Map<number, BlockRecord | undefined>> {
  const names = (await place.list(folderOf(plan))).flatMap(({ name }) => {
    const block = Number(/(\d+)\.json$/.exec(name)?.[1] ?? -1);
    return block >= 0 && wanted(block) ? [{ name, block }] : [];
  });
  return new Map(await inTurns(names, async ({ name, block }) => [block, await readRecord(place, name)] as const));
}

export async function readRecord(place: Place, name: string): Promise<BlockRecord | undefined> {
  const text = Buffer.from(await place.read(name)).toString('utf8');
  try {
    return parseSealed<BlockRecord>(text, name);
  } catch {
    return undefined;
  }
}

/** @returns false where one is there */
export const putRecord = (place: Place, plan: string, record: BlockRecord): Promise<boolean> =>
  place.putIfAbsent(recordName(plan, record.block), Buffer.from(sealed(record)));

/** Sizes of the files in a set's folder, by name below it. */
export async function sizesIn(place: Place, set: string): Promise<Map<string, number>> {
  return new Map((await place.list(`${set}/`)).map(({ name, size }) => [name.slice(set.length + 1), size]));
}
