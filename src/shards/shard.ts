/** Rows of a plan that are computed in one go and kept in one piece. */
export interface Block {
  /** From 0. */
  readonly number: number;
  /** From 1. */
  readonly shard: number;
  /** Rows from up to, not including, to, in the plan's order. */
  readonly from: number;
  readonly to: number;
}

/** How the rows of a plan are divided. */
export interface ShardSizes {
  readonly rows: number;
  readonly batchSize: number;
  /** N. */
  readonly shards: number;
  /** Rows a piece holds at most, a multiple of the batch. */
  readonly blockRows: number;
}

/**
 * Divides rows among shards as evenly as whole batches allow, and each shard into blocks: always the same ones, so that
 * whoever computes a block writes the same piece.
 */
export function blocksOf({ rows, batchSize, shards, blockRows }: ShardSizes): Block[] {
  const batches = Math.ceil(rows / batchSize);
  const blocks: Block[] = [];
  for (let shard = 1; shard <= shards; shard++) {
    const end = Math.min(rows, Math.floor((shard * batches) / shards) * batchSize);
    for (let from = Math.floor(((shard - 1) * batches) / shards) * batchSize; from < end; from += blockRows)
      blocks.push({ number: blocks.length, shard, from, to: Math.min(end, from + blockRows) });
  }
  return blocks;
}

/** Which shard of how many: `{ shard: 3, of: 8 }` is the third. */
export interface Shard {
  readonly shard: number;
  readonly of: number;
}

/** @throws RangeError where it is no number of shards */
export function checkShards(shards: number): void {
  if (!Number.isInteger(shards) || shards < 1)
    throw new RangeError(`shards: expected a whole number from 1; got ${shards}.`);
}

/** @throws RangeError where a shard is none of a plan's */
export function checkShard({ shard, of }: Shard, shards: number): void {
  if (of !== shards || !Number.isInteger(shard) || shard < 1 || shard > shards)
    throw new RangeError(`shard: expected 1/${shards} to ${shards}/${shards}, as the plan has it; got ${shard}/${of}.`);
}
