import { describe, expect, it } from 'vitest';
import { blocksOf, checkShard } from '../../src/shards/shard.ts';

describe('the rows of a plan', () => {
  it('are divided among shards as evenly as whole batches allow, in order, none twice', () => {
    for (const [rows, batchSize, shards, blockRows] of [
      [500, 8, 3, 16],
      [1, 8, 4, 8],
      [60_000, 8, 100, 512],
      [17, 8, 17, 8],
      [1024, 128, 5, 128],
    ]) {
      const blocks = blocksOf({ rows, batchSize, shards, blockRows });
      expect(blocks.map(({ number }) => number)).toEqual([...blocks.keys()]);
      expect(blocks[0].from).toBe(0);
      expect(blocks.at(-1)!.to).toBe(rows);
      blocks.slice(1).forEach(({ from }, i) => expect(from).toBe(blocks[i].to));
      for (const { from, to } of blocks) {
        expect(from % batchSize).toBe(0);
        expect(to - from).toBeLessThanOrEqual(blockRows);
      }
      const own = Array.from({ length: shards }, (_, i) =>
        blocks.filter(({ shard }) => shard === i + 1).reduce((sum, { from, to }) => sum + to - from, 0),
      );
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(2 * batchSize - 1);
    }
  });

  it('of another number of shards are refused with both', () => {
    expect(() => checkShard({ shard: 2, of: 4 }, 3)).toThrow(
      'shard: expected 1/3 to 3/3, as the plan has it; got 2/4.',
    );
    expect(() => checkShard({ shard: 4, of: 3 }, 3)).toThrow('got 4/3');
    checkShard({ shard: 3, of: 3 }, 3);
  });
});
