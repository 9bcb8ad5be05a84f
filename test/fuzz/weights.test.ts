import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { afterAll, beforeAll, it } from 'vitest';
import { CASE_LIMIT, report } from '../faults/scale.ts';
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
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/fuzz/weights-worker.ts'], { stdio: ['pipe', 'pipe', 'ignore'] });
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
    const answer = await Promise.race([worker.lines.next(), new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), CASE_LIMIT)))]);
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
    clear(Object.assign(new Error(said.message), { name: said.name }), /weights\.h5: (expected|layer|.* cannot be read)/);
  });
  report(`keras-hdf5: ${read.toLocaleString('en-US')} read, ${refused.toLocaleString('en-US')} refused`);
});
