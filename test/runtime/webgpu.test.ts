import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { node } from '../process.ts';
import { relativeError } from '../references/read.ts';
import { npy } from '../storage/npy.ts';

const CHROMIUM = '/usr/lib/chromium';
const folder = mkdtempSync(path.join(os.tmpdir(), 'webgpu-'));
afterAll(() => rmSync(folder, { recursive: true }));

function features(engine: string, driver: string): ReturnType<typeof node> {
  const env = { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: CHROMIUM };
  const what = ['--data', 'shapes10', '--limit', '4', '--backbone', 'vgg19-mini', '--cut', 'block3_pool'];
  return node(
    [
      'src/graft.mjs',
      'features',
      ...what,
      '--engine',
      engine,
      '--cache',
      path.join(folder, path.basename(driver)),
      '--out',
      path.join(folder, `${engine}.npy`),
    ],
    env,
  );
}

describe('the WebGPU engine', () => {
  // SwiftShader, which comes with Chromium, is a Vulkan driver in software
  const driver = path.join(CHROMIUM, 'vk_swiftshader_icd.json');
  it.skipIf(!existsSync(driver))('gives what the CPU gives', async () => {
    for (const engine of ['onnx', 'webgpu']) expect((await features(engine, driver)).status, engine).toBe(0);
    const [cpu, gpu] = ['onnx', 'webgpu'].map((engine) => npy(path.join(folder, `${engine}.npy`)));
    expect(gpu.shape).toEqual(cpu.shape);
    expect(relativeError(gpu.values, cpu.values)).toBeLessThan(1e-4);
  });

  it('says what it needs where there is no GPU', async () => {
    const { status, stderr } = await features('webgpu', '/nowhere.json');
    expect(status).toBe(1);
    expect(stderr).toContain(
      'graft features: engine: WebGPU finds no GPU on this machine. It needs a driver for Vulkan',
    );
  });
});
