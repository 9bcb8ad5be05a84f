/**
 * Compiles src/training/softmax/assembly to WebAssembly with AssemblyScript, which npx fetches, and writes it into
 * wasm.ts beside it. Only needed after a change to it; CI checks it.
 * usage: node src/setup/build-softmax.mjs [--check], which instead compares with the existing file
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const room = path.resolve(import.meta.dirname, '../training/softmax');
const target = path.join(room, 'wasm.ts');
const folder = mkdtempSync(path.join(os.tmpdir(), 'softmax-'));
try {
  const file = path.join(folder, 'softmax.wasm');
  const source = path.join(room, 'assembly/index.ts');
  const flags = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--noAssert'];
  execFileSync('npx', ['--yes', '--package', COMPILER, 'asc', source, '--outFile', file, ...flags], {
    stdio: 'inherit',
  });
  const lines = readFileSync(file)
    .toString('base64')
    .match(/.{1,100}/g);
  const text =
    `/** Made of assembly/index.ts by src/setup/build-softmax.mjs, with ${COMPILER}. */\n` +
    `export const WASM =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`;
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('wasm.ts is not what assembly/index.ts gives: node src/setup/build-softmax.mjs');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
