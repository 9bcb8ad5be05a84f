import type * as tf from '@tensorflow/tfjs';
import type { DamagedPictures } from '../data/pictures/damaged.ts';
import { asNetworkTakes, type Dataset } from '../data/dataset.ts';
import { chunks, computeBatches } from '../features/compute.ts';
import { versionsAtWork } from '../features/versions.ts';
import { type Progress, progressOf, type ProgressOption } from '../host/progress.ts';
import { cellSignal } from '../host/host.ts';
import { type Backbone, backboneOf, inFloat32, withBfloat16, withInt8 } from '../models/backbone.ts';
import { hasInt8Instructions } from '../host/machine.ts';
import { withinMemory } from '../runtime/memory-limit.ts';
import { bfloat16Obstacle } from '../runtime/precision.ts';
import { borrowBackbone } from '../runtime/pool.ts';
import { runtimeVersion } from '../runtime/running.ts';
import { sha256 } from '../storage/files/hash.ts';
import { createKeyIndex, KEY_BYTES, keyAt } from '../storage/rows/keys.ts';
import { rowBytes, sumsOf } from '../storage/rows/piece.ts';
import type { Place } from '../storage/places/place.ts';
import { type BlockRecord, putRecord, readRecord, readBlockRecords, recordName, sizesIn } from './block-records.ts';
import { type FeaturePlan, keysFile } from './feature-plan.ts';
import { putPiece, putVersions } from './put-piece.ts';
import { checkMachine, type StoredPlan } from './plan.ts';
import { type Block, blocksOf, checkShard, type Shard } from './shard.ts';
import { noteUndecodable, readUndecodable } from './undecodable.ts';

export interface ShardOptions {
  /** Its own bar in a notebook and on a terminal, false for none, or a function. @default a bar */
  readonly progress?: ProgressOption;
  /** Ends the work after the batch in flight; finished blocks stay. @default the running cell's, in a notebook */
  readonly signal?: AbortSignal;
}

/** The outcome for a shard. */
export interface FeatureShard {
  /** How many rows the shard has. */
  readonly rows: number;
  /** How many of them were there before, and how many this call computed. */
  readonly found: number;
  readonly computed: number;
  /** How many of its pictures cannot be decoded and so have no rows. */
  readonly undecodable: number;
  readonly seconds: number;
  /** The engine that computed them, in words; undefined if all were found. */
  readonly engine?: string;
  readonly peakMemoryMiB: number;
}

/**
 * Computes a shard of a plan and puts its pieces. Finished pieces are not computed again, so it may be killed, run
 * again, or run twice at once.
 * @param given the plan's network
 * @param images the plan's pictures; this shard's have to be among them
 * @throws Error saying what the plan expects and what was given: pictures, weights, versions, CPU; the signal's reason
 * if
 *   aborted
 */
export async function computeShard(
  given: tf.LayersModel | Backbone,
  all: Dataset,
  place: Place,
  plan: StoredPlan<FeaturePlan>,
  shard: Shard,
  options: ShardOptions = {},
): Promise<FeatureShard> {
  checkShard(shard, plan.shards);
  const started = performance.now();
  const signal = options.signal ?? cellSignal();
  const cpu = checkMachine(plan, await runtimeVersion(plan.engine));
  const backbone = plannedBackbone(given, plan);
  const images = asNetworkTakes(all, backbone.input);
  const blocks = blocksOf(plan).filter((block) => block.shard === shard.shard);
  const rows = blocks.reduce((sum, { from, to }) => sum + to - from, 0);
  const left = await withoutDone(place, plan, blocks);
  const found = rows - left.reduce((sum, { from, to }) => sum + to - from, 0);
  const bar = progressOf(options.progress);
  const report = (done: number): void =>
    bar?.({ label: labelOf(plan, shard), done, total: rows, cached: found } satisfies Progress);
  report(found);
  if (!left.length)
    return { rows, found, computed: 0, undecodable: 0, seconds: secondsSince(started), peakMemoryMiB: 0 };
  const work = await workOf(place, plan, left, images, all);
  const running = withinMemory(await borrowBackbone(backbone, { engine: plan.engine, imageSize: images.imageSize }));
  let done = found;
  let undecodable = 0;
  try {
    const made = await putVersions(place, plan.set, await versionsAtWork(running, images));
    const damaged: DamagedPictures[] = [];
    const batches = work.flatMap((one) => one.batches);
    const computed = computeBatches(running, images, batches, { dtype: plan.dtype, damaged, signal });
    for (const { block, batches: own } of work) {
      const keys: Uint8Array[] = [];
      const bytes: Uint8Array[] = [];
      for (let b = 0; b < own.length; b++) {
        const next = await computed.next();
        if (next.done) break; // aborted
        const { asked, batch, rows: values } = next.value;
        if (batch.length < asked.length) {
          const bad = asked.filter((at) => !batch.includes(at));
          await noteUndecodable(
            place,
            plan.id,
            bad.map((at) => images.keysAt([at])),
            damaged.splice(0),
          );
        }
        keys.push(images.keysAt(batch));
        bytes.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        done += asked.length;
        if (b < own.length - 1) report(done);
      }
      signal?.throwIfAborted();
      undecodable += block.to - block.from - (await putBlock(place, plan, block, { keys, bytes, cpu, made }));
      report(done);
    }
  } finally {
    await running.close();
  }
  const { description, peakMemoryMiB } = running;
  return {
    rows,
    found,
    computed: rows - found - undecodable,
    undecodable,
    seconds: secondsSince(started),
    engine: description,
    peakMemoryMiB,
  };
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;
const labelOf = ({ backbone }: FeaturePlan, { shard, of }: Shard): string =>
  `shard ${shard}/${of}, ${backbone.network} to ${backbone.cut}`;

/** Gives a network as the plan describes it. @throws Error if it is another one */
function plannedBackbone(
  given: tf.LayersModel | Backbone,
  { id, backbone: planned }: StoredPlan<FeaturePlan>,
): Backbone {
  const { interpolation, preprocess } = planned.input;
  const float = inFloat32(backboneOf(given, { interpolation, preprocess }));
  if (float.id !== planned.base) {
    const same = float.network === planned.network && float.cut === planned.cut;
    throw new Error(
      `plan ${id}: expected ${planned.network} to ${planned.cut}, ${planned.base.slice(0, 12)}; got ${float.network} to ` +
        `${float.cut}, ${float.id.slice(0, 12)}: ${same ? 'other weights, or another input' : 'another network'}. ` +
        'Bring the weights here that the plan was made with, or make another plan with --plan.',
    );
  }
  if (planned.bfloat16) {
    const obstacle = bfloat16Obstacle(float);
    if (obstacle)
      throw new Error(`plan ${id}: expected a machine that computes in bfloat16; ${obstacle}, in another plan.`);
    return withBfloat16(float, planned.bfloat16);
  }
  if (!planned.int8) return float;
  if (!hasInt8Instructions())
    throw new Error(
      `plan ${id}: expected a CPU with VNNI (x86) or dot product (ARM), without which 8-bit sums overflow; this one has ` +
        'none. Run this shard elsewhere, or plan with --precision float32.',
    );
  return withInt8(float, planned.int8);
}

/** Gives the blocks that are not computed yet; the remains of damaged ones are removed. */
async function withoutDone(
  place: Place,
  { id, set }: StoredPlan<FeaturePlan>,
  blocks: readonly Block[],
): Promise<Block[]> {
  const own = new Set(blocks.map(({ number }) => number));
  const records = await readBlockRecords(place, id, (block) => own.has(block));
  if (!records.size) return [...blocks];
  const sizes = await sizesIn(place, set);
  const left: Block[] = [];
  for (const block of blocks) {
    if (!records.has(block.number)) {
      left.push(block);
      continue;
    }
    const record = records.get(block.number);
    if (record && (!record.piece || sizes.get(record.piece.name) === record.piece.bytes)) continue;
    await place.remove(recordName(id, block.number));
    left.push(block);
  }
  return left;
}

interface Work {
  readonly block: Block;
  /** Positions among the pictures at hand. */
  readonly batches: readonly (readonly number[])[];
}

/** Finds the pictures of blocks among those at hand. @throws Error if some are not among them */
async function workOf(
  place: Place,
  plan: StoredPlan<FeaturePlan>,
  blocks: readonly Block[],
  images: Dataset,
  all: Dataset,
): Promise<Work[]> {
  const keys = await plannedKeys(place, plan);
  const index = createKeyIndex(images.n);
  index.add(images.keys);
  const undecodable = await readUndecodable(place, plan.id);
  let missing = 0;
  const work = blocks.map((block) => {
    const found = index.find(keys.slice(block.from * KEY_BYTES, block.to * KEY_BYTES));
    const positions = Array.from(found).filter((at, i) => {
      // they were noted as damaged here since then, and left out
      const known = at >= 0 || undecodable.has(Buffer.from(keyAt(keys, block.from + i)).toString('hex'));
      if (!known) missing++;
      return at >= 0;
    });
    return { block, batches: chunks(positions, plan.batchSize) };
  });
  if (missing) {
    const { data } = plan;
    throw new Error(
      `plan ${plan.id}: expected ${data.name} (${data.n} images, ${data.id.slice(0, 12)}); got ${all.name} (${images.n} ` +
        `images, ${images.id.slice(0, 12)}), which lack ${missing} of this shard's images. Give the pictures that ` +
        'the plan was made with, or make another plan with --plan.',
    );
  }
  return work;
}

/** Reads the keys of a plan's pictures, in its order. @throws Error if they are damaged */
export async function plannedKeys(place: Place, { keys: name, rows }: FeaturePlan): Promise<Uint8Array> {
  const keys = await place.read(keysFile(name));
  if (sha256(keys) !== name || keys.length !== rows * KEY_BYTES)
    throw new Error(
      `${place.uri}/${keysFile(name)} is damaged: its checksum differs. Remove it, and make it again with --plan: the ` +
        'same flags give the same plan, and what is computed stays.',
    );
  return keys;
}

/** A block's rows, and the CPU and versions that made them. */
interface Computed {
  readonly keys: Uint8Array[];
  readonly bytes: Uint8Array[];
  readonly cpu: string;
  /** The id of the versions. */
  readonly made: string;
}

/** Puts a block's piece, then its record. @returns the number of its rows */
async function putBlock(
  place: Place,
  plan: StoredPlan<FeaturePlan>,
  block: Block,
  { keys: one, bytes, cpu, made }: Computed,
): Promise<number> {
  const { dtype } = plan;
  const rowShape = plan.backbone.outputShape;
  const keys = Buffer.concat(one);
  const rows = keys.length / KEY_BYTES;
  const all = Buffer.concat(bytes);
  const content = { keys, sums: sumsOf(all, rowBytes(rowShape, dtype)), rowShape, dtype, made };
  const piece = rows ? await putPiece(place, plan.set, content, all) : undefined;
  const record: BlockRecord = { block: block.number, rows, piece, cpu };
  if (await putRecord(place, plan.id, record)) return rows;
  // another process was faster; if its CPU is of another kind its rows differ, and they count
  const other = await readRecord(place, recordName(plan.id, block.number));
  if (!other) {
    await place.remove(recordName(plan.id, block.number));
    await putRecord(place, plan.id, record);
  } else if (piece && other.piece?.name !== piece.name) await place.remove(`${plan.set}/${piece.name}`);
  return rows;
}
