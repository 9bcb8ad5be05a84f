/**
 * Bundles what pages run into the package, and packs their engine into `graft-ml-data`: so a page is made without a
 * bundler, and without onnxruntime-web, of whose 140 MB it needs 3.7.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {string} dist the package's folder
 * @param {string} data that of `graft-ml-data`
 */
export async function writePages(dist, data) {
  const { bundleScripts, packEngine } = await import('../../page/bundle.mjs');
  const built = path.join(dist, 'src/page/built');
  mkdirSync(built, { recursive: true });
  for (const [name, text] of Object.entries(await bundleScripts())) writeFileSync(path.join(built, name), text);
  mkdirSync(path.join(data, 'page'), { recursive: true });
  writeFileSync(path.join(data, 'page/ort-wasm-simd-threaded.wasm.gz'), packEngine());
  for (const ending of ['mjs', 'mjs.map', 'd.mts'])
    rmSync(path.join(dist, `src/page/bundle.${ending}`), { force: true });
}
