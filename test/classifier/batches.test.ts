import { expect, it } from 'vitest';
import type { Prediction, Predictor } from '../../src/classifier/predictor.ts';
import { startBatches } from '../../src/classifier/service/batches.ts';
import type { ReadPictures } from '../../src/data/pictures/picture-files.ts';

const one = (level: number): ReadPictures => ({
  pixels: Uint8Array.of(level),
  contents: new Uint8Array(16),
  readings: Uint8Array.of(1),
});

/** Predictors that say of each picture its level, and wait with it until they are let go. */
function predictors(spoilt: (levels: readonly number[]) => boolean = () => false) {
  const seen = { batches: [] as number[][], opened: 0, closed: 0 };
  const held: (() => void)[] = [];
  const open = (): Promise<Predictor> => {
    seen.opened++;
    return Promise.resolve({
      async run({ pixels }) {
        seen.batches.push([...pixels]);
        await new Promise<void>((resolve) => held.push(resolve));
        if (spoilt([...pixels])) throw new Error(`no answer for ${pixels.join()}`);
        return Array.from(pixels, (level): Prediction => ({ className: String(level), probability: 1, ranking: [] }));
      },
      close: () => Promise.resolve(void seen.closed++),
    });
  };
  const letGo = async (): Promise<void> => {
    while (!held.length) await new Promise(setImmediate);
    held.shift()!();
  };
  return { open, seen, letGo };
}

it('runs what waits together, in the order in which it came, and not what was given up', async () => {
  const { open, seen, letGo } = predictors();
  const batches = await startBatches(open, 3);
  const controller = new AbortController();
  const first = batches.add(one(0));
  await Promise.resolve();
  await Promise.resolve();
  const rest = [1, 2, 3, 4, 5].map((level) => batches.add(one(level), level === 2 ? controller.signal : undefined));
  const given = expect(rest[1]).rejects.toThrow('gone');
  controller.abort(new Error('gone'));
  await given;
  await letGo();
  expect((await first).className).toBe('0');
  await letGo();
  await letGo();
  const answers = await Promise.all([rest[0], ...rest.slice(2)]);
  expect(answers.map(({ className }) => className)).toEqual(['1', '3', '4', '5']);
  expect(seen).toEqual({ batches: [[0], [1, 3, 4], [5]], opened: 1, closed: 0 });
  const running = controller.signal;
  await expect(batches.add(one(6), running)).rejects.toThrow('gone');
  await batches.close();
  expect(seen).toMatchObject({ opened: 1, closed: 1 });
});

it('gives up one that runs at once; the others of its batch are answered', async () => {
  const { open, seen, letGo } = predictors();
  const batches = await startBatches(open, 3);
  const controller = new AbortController();
  const [a, b] = [batches.add(one(1)), batches.add(one(2), controller.signal)];
  while (!seen.batches.length) await new Promise(setImmediate);
  controller.abort(new Error('gone'));
  await expect(b).rejects.toThrow('gone');
  await letGo();
  expect((await a).className).toBe('1');
  expect(seen.batches).toEqual([[1, 2]]);
  await batches.close();
});

it('tries each picture of a batch that fails by itself, in a new session', async () => {
  const { open, seen, letGo } = predictors((levels) => levels.includes(2));
  const batches = await startBatches(open, 3);
  const answers = Promise.allSettled([1, 2, 3].map((level) => batches.add(one(level))));
  for (let i = 0; i < 4; i++) await letGo();
  const found = await answers;
  expect(found.map((each) => (each.status === 'fulfilled' ? each.value.className : String(each.reason)))).toEqual([
    '1',
    'Error: no answer for 2',
    '3',
  ]);
  expect(seen).toEqual({ batches: [[1, 2, 3], [1], [2], [3]], opened: 3, closed: 2 });
  await batches.close();
  expect(seen.closed).toBe(3);
});
