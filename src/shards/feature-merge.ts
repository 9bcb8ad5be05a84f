import { keyAt } from '../storage/rows/keys.ts';
import { checkPiece } from '../storage/rows/piece.ts';
import type { Place } from '../storage/places/place.ts';
import { isGone } from '../storage/rows/row-set.ts';
import { parseSealed, sealed } from '../storage/files/sealed-json.ts';
import { joinVersions, type VersionedRows, type Versions, versionsIn, versionsName } from '../storage/rows/versions.ts';
import { type BlockRecord, readBlockRecords, recordName } from './block-records.ts';
import { plannedKeys } from './feature-shard.ts';
import type { FeaturePlan } from './feature-plan.ts';
import { takeAway } from '../storage/places/take-away.ts';
import { inTurns } from '../host/in-turns.ts';
import type { StoredPlan } from './plan.ts';
import { type Block, blocksOf } from './shard.ts';
import { readUndecodable, type Undecodable } from './undecodable.ts';

/** A complete set, as its manifest describes it: `SET/merged-PLAN.json`. */
export interface MergedSet {
  readonly format: 'graft merged features 1';
  readonly plan: string;
  readonly rows: number;
  /** How many pictures cannot be decoded and so have no rows. */
  readonly undecodable: number;
  readonly pieces: readonly { readonly name: string; readonly bytes: number; readonly rows: number }[];
  /** The kinds of CPU that computed it, with the number of their rows. */
  readonly cpus: Readonly<Record<string, number>>;
  /** The versions that made its rows, most first; earlier versions of Graft did not note them. */
  readonly versions?: readonly VersionedRows[];
}

/** The findings on all shards. */
export interface FeatureMerge {
  readonly rows: number;
  /** The shards that lack rows, and how many. */
  readonly missing: readonly { readonly shard: number; readonly rows: number }[];
  /** Pieces that were damaged; they are set aside, and their rows count as missing. */
  readonly damaged: readonly { readonly shard: number; readonly file: string; readonly why: string }[];
  /** Pictures that cannot be decoded and so have no rows. */
  readonly leftOut: readonly Undecodable[];
  /** The merged set, if nothing is missing; `file` is its manifest. */
  readonly merged?: MergedSet & { readonly file: string };
}

/**
 * Checks for every row of a plan whether it is there and as it was written. If nothing is missing, it makes the set
 * known by a manifest of its pieces; else it says what is missing.
 */
export async function mergeShards(
  place: Place,
  plan: StoredPlan<FeaturePlan>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<FeatureMerge> {
  const keys = await plannedKeys(place, plan);
  const records = await readBlockRecords(place, plan.id);
  const undecodable = await readUndecodable(place, plan.id);
  const missing = new Map<number, number>();
  const damaged: FeatureMerge['damaged'][number][] = [];
  const done: BlockRecord[] = [];
  await inTurns(
    blocksOf(plan),
    async (block) => {
      signal?.throwIfAborted();
      const record = records.get(block.number);
      const wrong = records.has(block.number) ? await faultOf(place, plan, block, record, { keys, undecodable }) : '';
      if (record && wrong === undefined) {
        done.push(record);
        return;
      }
      missing.set(block.shard, (missing.get(block.shard) ?? 0) + block.to - block.from);
      if (!wrong) return;
      damaged.push({
        shard: block.shard,
        file: record?.piece ? `${plan.set}/${record.piece.name}` : recordName(plan.id, block.number),
        why: wrong,
      });
      await place.remove(recordName(plan.id, block.number));
      if (record?.piece) await takeAway(place, `${plan.set}/${record.piece.name}`);
    },
    4,
  );
  const shards = [...missing].sort(([a], [b]) => a - b).map(([shard, rows]) => ({ shard, rows }));
  const leftOut = [...undecodable.values()];
  if (shards.length) return { rows: plan.rows, missing: shards, damaged, leftOut };
  const merged = {
    ...mergedSet(
      plan,
      done.sort((a, b) => a.block - b.block),
    ),
    versions: await versionsOf(place, plan.set, done),
  };
  const file = `${plan.set}/merged-${plan.id}.json`;
  await place.putIfAbsent(file, Buffer.from(sealed(merged)));
  return { rows: plan.rows, missing: [], damaged, leftOut, merged: { ...merged, file } };
}

/** Says what is wrong with a block that is recorded as computed; undefined if nothing is. */
async function faultOf(
  place: Place,
  { set, backbone, dtype }: FeaturePlan,
  block: Block,
  record: BlockRecord | undefined,
  { keys, undecodable }: { readonly keys: Uint8Array; readonly undecodable: ReadonlyMap<string, unknown> },
): Promise<string | undefined> {
  if (!record) return 'the record of it is damaged';
  const wanted = Array.from({ length: block.to - block.from }, (_, i) => hexOf(keyAt(keys, block.from + i)));
  const needed = wanted.filter((key) => !undecodable.has(key));
  if (!record.piece) return needed.length ? 'its rows are not there' : undefined;
  let bytes: Uint8Array;
  try {
    bytes = await place.read(`${set}/${record.piece.name}`);
  } catch (error) {
    if (!isGone(error)) throw error;
    return 'it is not there';
  }
  try {
    const piece = checkPiece(record.piece.name, bytes, backbone.outputShape);
    if (piece.damaged.length) return `${piece.damaged.length} of its ${piece.n} rows differ from what was written`;
    if (piece.dtype !== dtype) return `expected rows of ${dtype}; got ${piece.dtype}`;
    const own = Array.from({ length: piece.n }, (_, i) => hexOf(keyAt(piece.keys, i)));
    const there = new Set(own);
    if (own.join() !== wanted.filter((key) => there.has(key)).join() || needed.some((key) => !there.has(key)))
      return `expected ${needed.length} rows of the plan; got ${piece.n}, not all of them the plan's`;
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const hexOf = (key: Uint8Array): string => Buffer.from(key).toString('hex');

/** Says which versions made the rows of blocks, by the names of their pieces. */
async function versionsOf(place: Place, set: string, records: readonly BlockRecord[]): Promise<VersionedRows[]> {
  const ids = new Set(records.map(({ piece }) => versionsIn(piece?.name ?? '')));
  const known = new Map<string, Versions>();
  for (const id of ids) {
    if (id === undefined) continue;
    const versions = await readVersions(place, `${set}/${versionsName(id)}`);
    if (versions) known.set(id, versions);
  }
  return joinVersions(
    records.flatMap(({ piece, rows }) => (piece ? [{ rows, ...known.get(versionsIn(piece.name) ?? '') }] : [])),
  );
}

/** Reads a file of versions; undefined if it is gone or damaged, as if nothing had been noted. */
async function readVersions(place: Place, name: string): Promise<Versions | undefined> {
  const text = await place.read(name).catch((error: unknown) => {
    if (!isGone(error)) throw error;
    return undefined;
  });
  try {
    return text && parseSealed<Versions>(Buffer.from(text).toString(), name);
  } catch {
    return undefined;
  }
}

function mergedSet({ id, rows }: StoredPlan<FeaturePlan>, records: readonly BlockRecord[]): MergedSet {
  const cpus = new Map<string, number>();
  for (const { cpu, rows: own } of records) cpus.set(cpu, (cpus.get(cpu) ?? 0) + own);
  const there = records.reduce((sum, { rows: own }) => sum + own, 0);
  return {
    format: 'graft merged features 1',
    plan: id,
    rows: there,
    undecodable: rows - there,
    pieces: records.flatMap(({ piece, rows: own }) => (piece ? [{ ...piece, rows: own }] : [])),
    cpus: Object.fromEntries([...cpus].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
