// @ts-check
/**
 * Bundles what a page runs, and packs the engine. A clone does this whenever a page is made, from the sources as they
 * are: 0.3 s, and nothing that could be out of date. The package has the results (`npm run build`), since esbuild and
 * onnxruntime-web (140 MB) are there for development only.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** The oldest browsers that a page runs in, as it says: those that unpack gzip, or draw in a worker. */
const BROWSERS = ['chrome94', 'firefox113', 'safari16.4'];

/**
 * Bundles every script of the pages, and their style.
 * @returns {Promise<Record<string, string>>} by the file's name
 */
export async function bundleScripts() {
  const worker = await bundle('browser/worker.ts');
  const withWorker = { WORKER: JSON.stringify(worker) };
  const withTrainer = { ...withWorker, TRAINER: JSON.stringify(await bundle('browser/teach/trainer-worker.ts')) };
  const style = readFileSync(path.join(HERE, 'browser/page.css'), 'utf8');
  return {
    'page.js': await bundle('browser/main.ts', withWorker),
    'page.css': style,
    'teach.js': await bundle('browser/teach/main.ts', withTrainer),
    'teach.css': style + readFileSync(path.join(HERE, 'browser/teach/teach.css'), 'utf8'),
    'web.js': await bundle('web.ts', withWorker, 'esm'),
    'classifier.js': await bundle('browser/split.ts', withWorker, 'esm'),
  };
}

/**
 * Bundles one script with all that it imports; it stops at anything of `node:`.
 * @param {string} entry
 * @param {Record<string, string>} [define]
 * @param {'iife' | 'esm'} [format]
 */
async function bundle(entry, define = {}, format = 'iife') {
  const { outputFiles } = await build({
    entryPoints: [path.join(HERE, entry)],
    bundle: true,
    format,
    minify: true,
    write: false,
    target: BROWSERS,
    platform: 'browser',
    legalComments: 'none',
    logLevel: 'silent',
    // onnxruntime-web asks where it was loaded from, to fetch what it is given here
    define: { ...(format === 'iife' && { 'import.meta.url': '"blob:graft"' }), ...define },
  });
  return outputFiles[0].text;
}

/** Gives the engine: ONNX Runtime as plain WebAssembly, 14.2 MB, by gzip 3.7. */
export function packEngine() {
  const file = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  return gzipSync(readFileSync(file), { level: 9 });
}
