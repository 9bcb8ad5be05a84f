import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { efficientNetLite0 } from '../../src/backbones/load-backbone.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { setName } from '../../src/features/set.ts';
import { hasInt8Instructions, multipliesBfloat16 } from '../../src/host/machine.ts';
import { type Backbone, backboneOf, inFloat32, type LayersBackbone, precisionOf } from '../../src/models/backbone.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { openvinoFault, openvinoWheel } from '../../src/openvino.mjs';
import { rowCosines } from '../../src/runtime/calibrate.ts';
import { atPrecision } from '../../src/runtime/precision.ts';
import type { EngineName } from '../../src/runtime/running.ts';
import { openBackbone } from '../../src/runtime/running.ts';

const images = shapes10({ train: 40 }).train;
const { imageSize } = images;
const folder = mkdtempSync(path.join(os.tmpdir(), 'openvino-'));
const isHere = openvinoFault() === undefined;
let layers: LayersBackbone;
let file: Backbone;

beforeAll(async () => {
  layers = backboneOf(cutAt(await loadNetwork('vgg19-mini'), 'block2_pool'));
  file = await efficientNetLite0();
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(backbone: Backbone, engine: EngineName): Promise<Float32Array> {
  const running = await openBackbone(backbone, { engine, imageSize });
  try {
    return await running.run(await images.read(0, 4), 4);
  } finally {
    await running.close();
  }
}
const at = (backbone: Backbone, precision: 'int8' | 'bfloat16') =>
  atPrecision(backbone, images, { engine: 'openvino', precision, cache: folder });

describe.skipIf(!isHere)('OpenVINO (skipped without its library)', () => {
  it.skipIf(!hasInt8Instructions())('gives what ONNX Runtime gives, in 8 bits', async () => {
    const { backbone } = await at(layers, 'int8');
    const cosines = rowCosines(await rowsOf(backbone, 'onnx'), await rowsOf(backbone, 'openvino'), 4);
    expect(Math.min(...cosines)).toBeGreaterThan(0.999);
    expect(setName(backbone, 'openvino')).not.toBe(setName(backbone, 'onnx'));
  });

  it.skipIf(!multipliesBfloat16())('computes layers and files in bfloat16, which has names of its own', async () => {
    for (const given of [layers, file]) {
      const { backbone, text } = await at(given, 'bfloat16');
      expect(text).toMatch(/^bfloat16 \(agrees with float32 to (1\.0000|0\.99\d\d)\)$/);
      expect([precisionOf(backbone), String(backbone)]).toEqual(['bfloat16', expect.stringMatching(/, bfloat16$/)]);
      expect(backbone.id).not.toBe(given.id);
      expect(inFloat32(backbone).id).toBe(given.id);
      const cosines = rowCosines(await rowsOf(given, 'onnx'), await rowsOf(backbone, 'openvino'), 4);
      expect(cosines.reduce((sum, one) => sum + one, 0) / 4).toBeGreaterThan(0.99);
      expect(Math.min(...cosines)).toBeLessThan(1 - 1e-7); // it is not float32
    }
  });

  it('runs overlapping batches; killed, it says so, and the next one works', async () => {
    const running = await openBackbone(layers, { engine: 'openvino', imageSize });
    const some = await images.read(0, 4);
    const each = some.length / 4;
    const one = await Promise.all([0, 1, 2, 3].map((i) => running.run(some.slice(i * each, (i + 1) * each), 1)));
    const all = await running.run(some, 4);
    expect(rowCosines(Float32Array.from(one.flatMap((row) => [...row])), all, 4)).toEqual(
      Array.from({ length: 4 }, () => expect.closeTo(1, 9) as number),
    );
    await expect(running.run(some.slice(0, each - 3), 1)).rejects.toThrow(/expected uint8 \[-1, 32, 32, 3\]; got 3069/);
    const waiting = Array.from({ length: 200 }, () => running.run(some, 4).then(() => 'done', String));
    execFileSync('sh', [
      '-c',
      `kill -9 $(ps -o ppid=,pid=,args= -A | awk '$1 == ${process.pid} && /[o]penvino-process/ { print $2 }')`,
    ]);
    expect((await Promise.all(waiting)).at(-1)).toContain(
      'openvino: the process that runs the backbone was ended by SIGKILL',
    );
    await running.close();
    const both = await Promise.all([rowsOf(layers, 'openvino'), rowsOf(layers, 'openvino')]); // two processes at once
    expect(both[0]).toEqual(all);
    expect(both[1]).toEqual(all);
  });
});

describe.skipIf(!openvinoWheel())('a library that cannot be used', () => {
  const files = Object.entries((openvinoWheel() as { files: Record<string, number> } | undefined)?.files ?? {});
  const [[first, bytes], [second]] = files.length ? files : [['', 0], ['']];
  /** Makes a folder of holes in the files' sizes. */
  const library = (): string => {
    const made = mkdtempSync(path.join(folder, 'libs-'));
    for (const [name, size] of files) {
      writeFileSync(path.join(made, name), '');
      truncateSync(path.join(made, name), size);
    }
    vi.stubEnv('GRAFT_OPENVINO', made);
    return made;
  };
  const refused = async (): Promise<string> =>
    openBackbone(layers, { engine: 'openvino', imageSize }).then(
      () => 'opened',
      (error: Error) => error.message,
    );

  it('is named: missing, cut short or of another version, not a library', async () => {
    vi.stubEnv('GRAFT_OPENVINO', path.join(folder, 'nowhere'));
    expect(await refused()).toContain(
      `engine: OpenVINO's library cannot be used: expected ${path.join(folder, 'nowhere', first)}; it is not there, or cannot be read. `,
    );
    const cut = library();
    truncateSync(path.join(cut, second), 1000);
    expect(await refused()).toMatch(/bytes, as in OpenVINO \d+\.\d+\.\d+; it has 1000\. `.*setup` brings it; /);
    const holes = library();
    expect(await refused()).toContain(`openvino: ${path.join(holes, first)} cannot be loaded: `);
    expect(bytes).toBeGreaterThan(1000);
  });

  it('is none for a system without a wheel', () => {
    expect(openvinoWheel({ system: 'linux-x64', glibc: '2.28' })).toMatchObject({
      name: expect.stringMatching(/manylinux_2_28_x86_64\.whl$/) as string,
    });
    expect(openvinoWheel({ system: 'linux-arm64', glibc: '2.31' })).toBeUndefined();
    expect(openvinoWheel({ system: 'linux-x64', glibc: '' })).toBeUndefined(); // musl
    expect(openvinoWheel({ system: 'win32-x64' })).toBeUndefined();
  });
});
