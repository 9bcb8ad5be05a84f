import type { Place } from '../storage/places/place.ts';
import { parseSealed, sealed } from '../storage/files/sealed-json.ts';
import { inTurns } from '../host/in-turns.ts';

/** Records that a block of a plan is computed, and by what. */
export interface BlockRecord {
  readonly block: number;
  /** How many rows there are; fewer than the block's if pictures cannot be decoded. */
  readonly rows: number;
  /** The file, below the set's folder; none if there is no row. */
  readonly piece?: { readonly name: string; readonly bytes: number };
  /** The kind of CPU that computed it. */
  readonly cpu: string;
}

const folderOf = (plan: string): string => `plans/${plan}/blocks/`;
export const recordName = (plan: string, block: number): string =>
  `${folderOf(plan)}${String(block).padStart(6, '0')}.json`;

/**
 * Reads which blocks of a plan are recorded as computed.
 * @param wanted selects the blocks whose records are read @default all
 * @returns the records by block; undefined for one that is damaged
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

/** @returns false if a record is already there */
export const putRecord = (place: Place, plan: string, record: BlockRecord): Promise<boolean> =>
  place.putIfAbsent(recordName(plan, record.block), Buffer.from(sealed(record)));

/** Gives the sizes of the files in a set's folder, by name below it. */
export async function sizesIn(place: Place, set: string): Promise<Map<string, number>> {
  return new Map((await place.list(`${set}/`)).map(({ name, size }) => [name.slice(set.length + 1), size]));
}
