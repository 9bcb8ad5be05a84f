import { beforeAll, describe, expect, it } from 'vitest';
import { classifyByNeighbours, nearDuplicates, nearestNeighbours } from '../../src/features/neighbours.ts';
import { features } from '../../src/features/features.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { random } from '../../src/random.ts';

const classNames = ['a', 'b', 'c'];
const rowsOf = (rows: readonly (readonly number[])[], labels: readonly number[], name = 'some rows') =>
  features(Float32Array.from(rows.flat()), labels, { classNames, name });
const guessesOf = async (...of: Parameters<typeof classifyByNeighbours>): Promise<number[]> =>
  Array.from(await classifyByNeighbours(...of));

beforeAll(useTensorFlow);

describe('the vote of the nearest neighbours', () => {
  it('names a class that one of them has, whichever way they point', async () => {
    const next = random(1, 'votes');
    const drawn = (n: number) =>
      rowsOf(
        Array.from({ length: n }, () => [next() - 0.5, next() - 0.5, next() - 0.5]),
        Array.from({ length: n }, (_, i) => 1 + (i % 2)), // none of class a
      );
    const queries = drawn(200);
    for (const n of [4, 30]) {
      const base = drawn(n);
      for (const count of [1, 3, 4]) {
        const { indices } = await nearestNeighbours(queries, base, { count });
        (await guessesOf(base, queries, { count })).forEach((guess, i) => {
          const own = Array.from(indices.subarray(i * count, (i + 1) * count), (k) => base.labels[k]);
          expect(own).toContain(guess);
        });
      }
    }
  });

  it('does not let what points away vote against its own class', async () => {
    // one of b at 60°, and a's at 0° and 180°: the one behind takes nothing from the one in front
    const base = rowsOf(
      [
        [1, 0],
        [-1, 0],
        [0.5, 0.866],
      ],
      [0, 0, 1],
    );
    expect(await guessesOf(base, rowsOf([[1, 0]], [0]), { count: 3 })).toEqual([0]);
  });

  it('goes to most of them where all point away, and to the nearest one where votes are equal', async () => {
    const behind = rowsOf(
      [
        [-1, 0.1],
        [-1, 0.2],
        [-1, 0.9],
      ],
      [1, 1, 2],
    );
    const query = rowsOf([[1, 0]], [0]);
    expect(await guessesOf(behind, query, { count: 3 })).toEqual([1]);
    expect(await guessesOf(behind, query, { count: 1 })).toEqual([2]);
    const copies = rowsOf(
      [
        [2, 0],
        [1, 0],
        [0, 1],
      ],
      [2, 1, 0],
    );
    expect(await guessesOf(copies, query, { count: 2 })).toEqual([2]);
  });

  it('is refused of a row of zeros, which points nowhere', async () => {
    const [sound, zero] = [
      rowsOf(
        [
          [1, 0],
          [0, 1],
        ],
        [0, 1],
      ),
      rowsOf(
        [
          [1, 0],
          [0, 0],
        ],
        [0, 1],
        'dark ones',
      ),
    ];
    const said = 'expected rows with a direction; row 1 of dark ones is all zeros';
    await expect(classifyByNeighbours(sound, zero, { count: 1 })).rejects.toThrow(said);
    await expect(classifyByNeighbours(zero, sound, { count: 1 })).rejects.toThrow(said);
    await expect(nearDuplicates(zero, sound)).rejects.toThrow(said);
  });

  it('does not depend on how large rows are', async () => {
    const base = rowsOf(
      [
        [1, 0],
        [0, 1],
      ],
      [0, 1],
    );
    const tiny = rowsOf(
      [
        [0, 3e-20],
        [2e-25, 0],
      ],
      [0, 1],
    );
    expect(await guessesOf(base, tiny, { count: 1 })).toEqual([1, 0]);
    const { similarities } = await nearestNeighbours(tiny, base, { count: 1 });
    similarities.forEach((cosine) => expect(cosine).toBeCloseTo(1, 6));
    const huge = rowsOf(
      [
        [0, 3e25],
        [2e30, 0],
      ],
      [0, 1],
    );
    expect(await guessesOf(base, huge, { count: 1 })).toEqual([1, 0]);
  });
});
