import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { report } from '../faults/scale.ts';
import { onnxBackbone } from '../../src/backbones/onnx-backbone.ts';
import { openOnnxFile } from '../../src/runtime/read-onnx.ts';
import { inputOf } from '../../src/backbones/onnx-input.ts';
import { REFERENCES } from '../references/read.ts';
import { clear, fuzz, mutated } from './fuzz.ts';

/** At most this much more memory than before, in MiB, with what garbage collection leaves lying. */
const MEMORY = 512;
/** One in so many that are read is also given to ONNX Runtime, in a process of its own. */
const RUN_EVERY = 200;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-onnx-'));
  file = path.join(folder, 'model.onnx');
  copyFileSync(path.join(REFERENCES, 'onnx', 'conv-external.weights'), path.join(folder, 'conv-external.weights'));
});
afterAll(() => rmSync(folder, { recursive: true }));

// with weights inside, and with weights beside the file
for (const name of ['conv', 'conv-external']) {
  it(`${name}.onnx with some bytes changed is read and cut, or refused with its name`, async () => {
    const real = readFileSync(path.join(REFERENCES, 'onnx', `${name}.onnx`));
    const before = process.memoryUsage().rss;
    let [read, refused, ran] = [0, 0, 0];
    await fuzz(`onnx-${name}`, mutated(real), async (bytes) => {
      writeFileSync(file, bytes);
      try {
        const opened = openOnnxFile(file);
        const { input, layout } = inputOf(opened, 'features', { preprocess: 'imagenet' });
        let written = 0;
        opened.graph(['features'], { imageSize: [32, 32], input, layout }, (part) => (written += part.length));
        expect(written).toBeLessThan(1 << 20);
        read++;
        if (read % RUN_EVERY) return;
        await onnxBackbone(file, { cut: 'features', input: 'imagenet' });
        ran++;
      } catch (error) {
        refused++;
        clear(
          error,
          /model\.onnx|^(cut|layout|size|pooling): |conv-external\.weights|the process that runs the backbone/,
        );
      }
    });
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(MEMORY);
    report(
      `onnx-${name}: ${read.toLocaleString('en-US')} read, ${refused.toLocaleString('en-US')} refused, ${ran} ran`,
    );
  });
}
