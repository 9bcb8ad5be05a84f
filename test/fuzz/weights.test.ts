import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { afterAll, beforeAll, it } from 'vitest';
import { CASE_LIMIT, report } from '../faults/scale.ts';
import { openSafetensors } from '../../src/storage/weights/safetensors.ts';
import { REFERENCES } from '../references/read.ts';
import { clear, fuzz, mutated } from './fuzz.ts';

let folder: string;
let worker: { child: ChildProcess; lines: AsyncIterator<string> } | undefined;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-weights-'));
  worker = await start(); // loading TensorFlow is no case's time
});
afterAll(() => {
  worker?.child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(): Promise<NonNullable<typeof worker>> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/fuzz/weights-worker.ts'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next(); // ready
  return { child, lines };
}

it('Keras files with some bytes changed are read, or refused with the file’s name', async () => {
  const file = path.join(folder, 'weights.h5');
  const real = readFileSync(path.join(REFERENCES, 'vgg19-tiny.official.h5'));
  let [read, refused] = [0, 0];
  await fuzz('keras-hdf5', mutated(real), async (bytes) => {
    writeFileSync(file, bytes);
    worker ??= await start();
    worker.child.stdin!.write(`${file}\n`);
    let timer: NodeJS.Timeout | undefined;
    const answer = await Promise.race([
      worker.lines.next(),
      new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), CASE_LIMIT))),
    ]);
    clearTimeout(timer);
    if (!answer || answer.done) {
      worker.child.kill('SIGKILL');
      worker = undefined;
      throw new Error(answer ? 'the process ended' : `no answer in ${CASE_LIMIT / 1000} s`);
    }
    const said = JSON.parse(answer.value) as { read?: true; name: string; message: string };
    if (said.read) {
      read++;
      return;
    }
    refused++;
    clear(
      Object.assign(new Error(said.message), { name: said.name }),
      /weights\.h5: (expected|layer|.* cannot be read)/,
    );
  });
  report(`keras-hdf5: ${read.toLocaleString('en-US')} read, ${refused.toLocaleString('en-US')} refused`);
});

it('safetensors with some bytes changed are read, or refused with the file’s name', async () => {
  const file = path.join(folder, 'weights.safetensors');
  const header = Buffer.from(
    JSON.stringify({
      'fc/kernel_largest': { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
      'fc/bias': { dtype: 'F32', shape: [3], data_offsets: [12, 24] },
      'fc/kernel': { dtype: 'I8', shape: [2, 3], data_offsets: [24, 30] },
    }),
  );
  const real = Buffer.concat([Buffer.alloc(8), header, Buffer.alloc(30, 7)]);
  real.writeBigUInt64LE(BigInt(header.length));
  let read = 0;
  await fuzz('safetensors', mutated(real), (bytes) => {
    writeFileSync(file, bytes);
    try {
      const { layers } = openSafetensors(file);
      for (const weights of layers.values()) for (const weight of weights) weight?.read();
      read++;
    } catch (error) {
      clear(error, /weights\.safetensors: expected weights in the safetensors format/);
    }
  });
  report(`safetensors: ${read.toLocaleString('en-US')} read`);
});
