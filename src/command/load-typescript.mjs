// @ts-check
import { IS_CLONE } from '../home.mjs';

/**
 * Makes TypeScript loadable: tsx compiles it while loading, so there is nothing to build. HDF5 is loaded before tsx,
 * which would otherwise rewrite its 4.2 MB at every start (1 s and 560 MiB; 26 ms this way).
 * @param {{ readonly readsWeights?: boolean }} options
 */
export async function loadTypeScript({ readsWeights = false }) {
  if (readsWeights) await import('h5wasm/node');
  if (!IS_CLONE) return; // the package's sources are JavaScript
  const { register } = await import('tsx/esm/api');
  register();
}
