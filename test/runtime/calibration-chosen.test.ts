import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { type Backbone, backboneOf, type LayersBackbone } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { atPrecision, calibrationKey, type ChosenPrecision } from '../../src/runtime/precision.ts';
import { openCalibrations } from '../../src/runtime/calibrations.ts';

// what is tested is which calibration is taken, not what 8 bits compute here
vi.mock('../../src/host/machine.ts', async (original) => ({
  ...(await original<typeof import('../../src/host/machine.ts')>()),
  hasInt8Instructions: () => true,
}));

const { train: images, test } = shapes10({ train: 40, test: 40 });
let backbone: Backbone;
let cache: string;
beforeAll(async () => void (backbone = backboneOf(cutAt(await loadNetwork('vgg19-mini'), 'block3_pool'))));
beforeEach(() => void (cache = mkdtempSync(path.join(os.tmpdir(), 'calibration-'))));
afterEach(() => {
  vi.useRealTimers();
  rmSync(cache, { recursive: true });
});
const chosen = (of = images): Promise<ChosenPrecision> =>
  atPrecision(backbone, of, { engine: 'onnx', cache, precision: 'int8' });

it('a calibration made of these very pictures is taken before others, whatever clocks said', async () => {
  const alone = await chosen();
  rmSync(cache, { recursive: true });
  const others = await chosen(test);
  rmSync(cache, { recursive: true });
  expect((await chosen()).backbone.id).toBe(alone.backbone.id);
  // the other process kept its own at the same time, an hour ago by its clock
  const key = calibrationKey(backbone as LayersBackbone);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  openCalibrations(cache, key).keep(others.backbone.int8!, 'of other pictures');
  vi.useRealTimers();
  expect(
    openCalibrations(cache, key)
      .list('nothing')
      .map(({ of }) => of)[0],
  ).toBe('of other pictures');
  expect((await chosen()).backbone.id).toBe(alone.backbone.id);
});
