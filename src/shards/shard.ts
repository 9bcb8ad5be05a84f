/** Rows of a plan that are computed in one go and kept in one piece. */
export interface Block {
  /** The block's number, from 0. */
  readonly number: number;
  /** The shard's number, from 1. */
  readonly shard: number;
  /** Its rows, from `from` up to, not including, `to`, in the plan's order. */
  readonly from: number;
  readonly to: number;
}

/** How the rows of a plan are divided. */
export interface ShardSizes {
  readonly rows: number;
  readonly batchSize: number;
  /** The number of shards, N. */
  readonly shards: number;
  /** The most rows of a piece, a multiple of the batch. */
  readonly blockRows: number;
}

/**
 * Divides rows among shards as evenly as whole batches allow, and each shard into blocks. The blocks are always the
 * same, so that everyone who computes a block writes the same piece.
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

/** @throws RangeError if it is not a number of shards */
export function checkShards(shards: number): void {
  if (!Number.isInteger(shards) || shards < 1)
    throw new RangeError(`shards: expected a whole number from 1; got ${shards}.`);
}

/** @throws RangeError if a shard is not one of a plan's */
export function checkShard({ shard, of }: Shard, shards: number): void {
  if (of !== shards || !Number.isInteger(shard) || shard < 1 || shard > shards)
    throw new RangeError(`shard: expected 1/${shards} to ${shards}/${shards}, as the plan has it; got ${shard}/${of}.`);
}
