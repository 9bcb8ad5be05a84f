import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import { COMMANDS } from '../../src/command/main.mjs';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { parseSweepFile } from '../../src/experiments/sweep-file.ts';
import { versionsAtWork } from '../../src/features/versions.ts';
import * as machine from '../../src/host/machine.ts';
import { useTensorFlow } from '../../src/host/tensorflow.ts';
import { type Backbone, backboneOf } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { ENGINE_NAMES, engineRow } from '../../src/runtime/engines/engines.mjs';
import { borrowBackbone, closeIdle } from '../../src/runtime/pool.ts';
import { atPrecision } from '../../src/runtime/precision.ts';
import { chooseEngine, onGpu, openBackbone, runtimeVersion } from '../../src/runtime/running.ts';
import { relativeError } from '../references/read.ts';

vi.mock('../../src/host/machine.ts', { spy: true });

const images = shapes10({ train: 4 }).train;
const imageSize = images.imageSize;
const cache = mkdtempSync(path.join(os.tmpdir(), 'engines-'));
let layers: Backbone;
let file: Backbone;
let features: Float32Array;

beforeAll(async () => {
  vi.mocked(machine.hasInt8Instructions).mockReturnValue(true);
  await useTensorFlow();
  layers = backboneOf(cutAt(await loadNetwork('vgg19-mini'), 'block2_pool'));
  file = await efficientNetLite0();
  const running = await openBackbone(layers, { engine: 'onnx', imageSize });
  features = await running.run(await images.read(0, 4), 4);
  await running.close();
});
afterAll(async () => {
  await closeIdle();
  rmSync(cache, { recursive: true });
});

describe.each(ENGINE_NAMES)('the engine %s', (engine) => {
  const row = engineRow(engine);

  it('is offered by every command and by files of sweeps', () => {
    const commands = COMMANDS as unknown as Record<string, { flags: Record<string, { choices?: readonly string[] }> }>;
    for (const [name, { flags }] of Object.entries(commands))
      if (flags.engine) expect(flags.engine.choices, name).toContain(engine);
    const sweep = { data: 'shapes10', train: 10, test: 10, grid: {}, engine };
    expect(parseSweepFile(JSON.stringify(sweep), 'GRID.json')).toMatchObject({ engine });
  });

  it(`takes ${row.files ? '' : 'no '}ONNX files`, async () => {
    expect(await chooseEngine(engine, layers)).toBe(engine);
    if (row.files) return expect(await chooseEngine(engine, file)).toBe(engine);
    const refused = `for ${String(file)}, an ONNX file; got "${engine}".`;
    await expect(chooseEngine(engine, file)).rejects.toThrow(refused);
    await expect(openBackbone(file, { engine, imageSize })).rejects.toThrow(refused);
  });

  it(`computes ${row.int8 ? 'in 8 bits, where the CPU does' : 'never in 8 bits'}`, async () => {
    const precision = atPrecision(layers, images, { engine, cache, precision: 'int8' });
    const few = /32 images or more are needed .* or give more images\.$/;
    await expect(precision).rejects.toThrow(row.int8 ? few : `cannot be used: the engine is ${engine}. Use`);
  });

  it('gives what ONNX Runtime gives on the CPU, says what computes, and is kept where its row says so', async () => {
    expect(await runtimeVersion(engine)).toMatch(/^\S.* \d+\.\d+\.\d+/);
    const options = { engine, imageSize };
    const opened = await borrowBackbone(layers, options).catch((error: Error) => error);
    // no GPU is here, or no library: that is said, and what is missing
    if (opened instanceof Error)
      return expect(opened.message).toMatch(
        /^engine: .*(finds no GPU on this machine|library cannot be used: expected)/,
      );
    expect(opened.engine).toBe(engine);
    expect(relativeError(await opened.run(await images.read(0, 4), 4), features)).toBeLessThan(1e-4);
    expect(opened.description).toContain(await runtimeVersion(engine));
    expect((await versionsAtWork(opened, images)).computed).toContain(opened.description);
    expect(opened.description).toContain((await onGpu(engine)) ? 'GPU' : 'CPU');
    expect(opened.peakMemoryMiB > 0).toBe(row.kept);
    await opened.close();
  });
});

it('that is chosen by itself takes the backbone', async () => {
  for (const backbone of [layers, file]) {
    const engine = await chooseEngine('auto', backbone);
    expect(backbone === layers || engineRow(engine).files).toBe(true);
  }
  await expect(chooseEngine('cuda' as never)).rejects.toThrow(
    `engine: expected one of auto, ${ENGINE_NAMES.join(', ')}; got "cuda".`,
  );
});
