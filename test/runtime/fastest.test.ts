import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import { type Dataset, pick, take } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import * as machine from '../../src/host/machine.ts';
import { hasInt8Instructions, multipliesBfloat16 } from '../../src/host/machine.ts';
import { backboneOf, type LayersBackbone, precisionOf } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { openvinoFault } from '../../src/openvino.mjs';
import { chooseHere } from '../../src/runtime/fastest.ts';
import { closeIdle } from '../../src/runtime/pool.ts';
import { keepRace, keptRace, listRaces, subjectOf } from '../../src/runtime/winners.ts';

vi.mock('../../src/host/machine.ts', { spy: true });

const images = shapes10({ train: 40 }).train;
const isHere = openvinoFault() === undefined;
let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fastest-'));
  cache = path.join(folder, 'features');
  vi.stubEnv('GRAFT_DATA', folder);
  vi.stubEnv('GRAFT_ENGINE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
afterAll(closeIdle);

const mini = async (): Promise<LayersBackbone> => backboneOf(cutAt(await loadNetwork('vgg19-mini'), 'block2_pool'));
const lap = { secondsPerImage: 0.01, ratio: 1, ahead: 0, agreement: 1 };
const contestants = (precision: string) =>
  (['onnx', 'openvino'] as const).map((engine) => ({ engine, precision, runtime: engine, ...lap }));

describe('a race that was held', () => {
  it('is kept once for a network and a precision: of two at once the first counts, for both', async () => {
    const subject = subjectOf(await mini(), [32, 32]);
    expect(subject).toBe('vgg19-mini to block2_pool [16, 16, 32], 64×64 of pictures 32×32');
    const both = await Promise.all(
      [1, 0].map((winner) => keepRace({ subject, contestants: contestants('int8'), winner })),
    );
    expect(both[0].winner).toBe(both[1].winner);
    expect(await keptRace(subject, 'int8')).toEqual(both[0]);
    expect(await keptRace(subject, 'float32')).toBeUndefined();
    const again = await keepRace({ subject, contestants: contestants('int8'), winner: 1 - both[0].winner }, true);
    expect(again.winner).toBe(1 - both[0].winner);
    expect(await listRaces()).toEqual([again]);
  });

  it('is held again if it is damaged', async () => {
    const race = { subject: 'some network', contestants: contestants('int8'), winner: 1 };
    await keepRace(race);
    const [machine] = readdirSync(path.join(folder, 'engines'));
    const [name] = readdirSync(path.join(folder, 'engines', machine));
    const file = path.join(folder, 'engines', machine, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"winner": 1', '"winner": 0'));
    expect(await keptRace('some network', 'int8')).toBeUndefined();
    expect((await keepRace({ ...race, winner: 0 })).winner).toBe(0);
  });
});

describe.skipIf(!isHere || !hasInt8Instructions())('the engine that nobody names (skipped without OpenVINO)', () => {
  const extract = async (of: Dataset = images) => (await extractFeatures(await mini(), of, { cache })).origin!;

  it('is decided by a race, once; figures and winner are kept, and whoever won computes', async () => {
    await chooseHere(await mini(), images, { cache, again: true }); // as `graft engines --race` does
    const first = await extract();
    const [race, ...more] = await listRaces();
    expect(more).toEqual([]);
    expect(race.contestants.map(({ engine, precision }) => [engine, precision])).toEqual([
      ['onnx', 'int8'],
      ['openvino', 'int8'],
    ]);
    expect(race.contestants[0]).toMatchObject({ ratio: 1, ahead: 0 });
    expect(race.contestants[1].agreement).toBeGreaterThan(0.999);
    expect(first.runBy).toBe(race.contestants[race.winner].engine);
    expect(await listRaces()).toEqual([race]);
  });

  it('is the one that won before; but features that ONNX Runtime has computed are used as they are', async () => {
    const backbone = await mini();
    const won = { subject: subjectOf(backbone, [32, 32]), contestants: contestants('int8'), winner: 1 };
    vi.stubEnv('GRAFT_ENGINE', 'onnx'); // nothing races
    const before = await extract(take(images, 36));
    expect([before.runBy, await listRaces()]).toEqual(['onnx', []]);
    vi.stubEnv('GRAFT_ENGINE', '');
    await keepRace(won);
    expect(await extract()).toMatchObject({ runBy: 'onnx', cached: 36 });
    const others = pick(
      shapes10({ train: 80 }).train,
      Array.from({ length: 40 }, (_, i) => 40 + i),
    );
    const later = await extract(others);
    expect(later).toMatchObject({ runBy: 'openvino', cached: 0, backbone: { precision: 'int8' } });
    expect(later.folder).not.toBe(before.folder);
    expect(await extract(take(others, 36))).toMatchObject({ cached: 36, runBy: 'openvino' });
  });

  it('is ONNX Runtime without a race for work that takes no minute', async () => {
    expect([(await extract()).runBy, await listRaces()]).toEqual(['onnx', []]);
  });

  it('is ONNX Runtime for few pictures, and where OpenVINO’s library is broken, which is said', async () => {
    const few = { cache, precision: 'float32' } as const;
    expect((await chooseHere(await mini(), take(images, 8), few)).engine).toBe('onnx');
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubEnv('GRAFT_OPENVINO', path.join(folder, 'nowhere'));
    expect(await extract()).toMatchObject({ runBy: 'onnx' });
    expect(warned).toHaveBeenCalledWith(
      expect.stringMatching(/^OpenVINO cannot be used here: expected .*nowhere.*\. ONNX Runtime computes instead\.$/),
    );
    expect(await listRaces()).toEqual([]);
    warned.mockRestore();
  });

  it('is decided for float32, too, and then for no other precision', async () => {
    const backbone = await mini();
    const exact = { cache, precision: 'float32' } as const;
    const chosen = await chooseHere(backbone, images, { ...exact, again: true });
    const [race, ...more] = await listRaces();
    expect([more, chosen.backbone.id]).toEqual([[], backbone.id]);
    expect(race.contestants.map(({ precision }) => precision)).toEqual(['float32', 'float32']);
    expect(race.contestants[1].agreement).toBeGreaterThan(1 - 1e-6);
    expect(chosen.engine).toBe(race.contestants[race.winner].engine);
    await keepRace({ ...race, winner: 1 - race.winner }, true);
    expect((await chooseHere(backbone, take(images, 8), exact)).engine).toBe(race.contestants[1 - race.winner].engine);
  });

  it.skipIf(!multipliesBfloat16())(
    'runs a file in bfloat16 only with AMX, if the precision is left open; where that loses, float32 decides',
    async () => {
      vi.mocked(machine.multipliesBfloat16Matrices).mockReturnValue(true);
      const lite = await efficientNetLite0();
      const subject = subjectOf(lite, [32, 32]);
      const kept = (precision: string, winner: number) =>
        keepRace({ subject, contestants: contestants(precision), winner }, true);
      const of = take(images, 32);
      const taken = async (precision?: 'float32') => {
        const { engine, backbone } = await chooseHere(lite, of, { cache, precision });
        return [engine, backbone.bfloat16 ? 'bfloat16' : 'float32'];
      };
      await kept('bfloat16', 1);
      await kept(precisionOf(lite), 0);
      expect((await chooseHere(lite, of, { cache })).text).toMatch(/^bfloat16 \(agrees with float32 to 0\.99\d\d\)$/);
      expect([await taken(), await taken('float32')]).toEqual([
        ['openvino', 'bfloat16'],
        ['onnx', 'float32'],
      ]);
      await kept('bfloat16', 0);
      expect(await taken()).toEqual(['onnx', 'float32']);
      await kept(precisionOf(lite), 1);
      expect(await taken()).toEqual(['openvino', 'float32']);
      vi.mocked(machine.multipliesBfloat16Matrices).mockReturnValue(false);
      expect(await taken()).toEqual(['openvino', 'float32']);
    },
  );
});
