import { expect, it } from 'vitest';
import { withinMemory } from '../../src/runtime/memory-limit.ts';

/** Doubles each image's only byte; holds at most `room` images. */
function engine(
  room: number,
  message = 'OOM when allocating tensor',
): { tried: number[]; run: (images: Uint8Array, n: number) => Promise<Float32Array> } {
  const tried: number[] = [];
  const run = (images: Uint8Array, n: number): Promise<Float32Array> => {
    tried.push(n);
    return n > room
      ? Promise.reject(new Error(message))
      : Promise.resolve(Float32Array.from(images, (value) => 2 * value));
  };
  const { run: limited } = withinMemory({
    engine: 'tensorflow',
    description: '',
    run,
    peakMemoryMiB: 0,
    close: () => Promise.resolve(),
  });
  return { tried, run: limited };
}

const images = Uint8Array.from({ length: 50 }, (_, i) => i);
const doubled = Float32Array.from(images, (value) => 2 * value);

it('halves a batch until it fits, keeps the order, and stays with what fits', async () => {
  const { tried, run } = engine(13);
  expect(await run(images, 50)).toEqual(doubled);
  expect(tried.slice(0, 3)).toEqual([50, 25, 13]);
  tried.length = 0;
  expect(await run(images, 50)).toEqual(doubled);
  expect(Math.max(...tried)).toBeLessThanOrEqual(13);
});

it('runs a batch that fits as it is, and gives up when one image does not fit or something else is wrong', async () => {
  const whole = engine(50);
  expect(await whole.run(images, 50)).toEqual(doubled);
  expect(whole.tried).toEqual([50]);
  await expect(engine(0).run(images, 50)).rejects.toThrow('OOM');
  const other = engine(0, 'wrong weights');
  await expect(other.run(images, 50)).rejects.toThrow('wrong weights');
  expect(other.tried).toEqual([50]);
});
