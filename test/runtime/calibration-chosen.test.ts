import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { loadData } from '../../src/data/load.ts';
import { sample } from '../../src/data/subset.ts';
import {
  type Backbone,
  backboneOf,
  type Calibration,
  inFloat32,
  type LayersBackbone,
} from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { splitModel } from '../../src/models/split.ts';
import { cutAt, freeze, withHead, withoutTop } from '../../src/models/surgery.ts';
import { calibratedOn } from '../../src/runtime/calibrate.ts';
import { atPrecision, calibrationKey, type ChosenPrecision } from '../../src/runtime/precision.ts';
import { openCalibrations } from '../../src/runtime/calibrations.ts';

// what is tested is which calibration is taken, not what 8 bits compute here
vi.mock('../../src/host/machine.ts', async (original) => ({
  ...(await original<typeof import('../../src/host/machine.ts')>()),
  hasInt8Instructions: () => true,
}));

const EMBEDDED = 'data/weights/vgg16-8bit.safetensors';
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

it('a first run on what comes with Graft has its ranges already, and checks them', async () => {
  const { backbone } = splitModel(
    withHead(freeze(withoutTop(await loadNetwork('vgg16', { weights: EMBEDDED }))), { classes: ['a', 'b'] }),
  );
  const { train } = sample(await loadData('cifar10-sample'), { train: 1000, test: 500, seed: 1 });
  const kept = openCalibrations<Calibration>(cache, calibrationKey(inFloat32(backbone)));
  const [{ name, calibration, of }, ...more] = kept.list();
  expect([more, of]).toEqual([[], calibratedOn(train)]);
  expect(calibration.agreement).toBeGreaterThan(0.995);
  expect(kept.agreement(name, 'any pictures')).toBeUndefined(); // so that this machine's 8 bits are tried
  kept.keep({ ...calibration, agreement: 0 }, 'other pictures');
  expect(kept.list().map((one) => one.of)).toEqual(['other pictures', of]);
  expect(kept.list(of).map((one) => one.of)).toEqual([of, 'other pictures']);
});
