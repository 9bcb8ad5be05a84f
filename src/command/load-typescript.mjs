// @ts-check
/**
 * Makes TypeScript loadable: tsx compiles it while loading, so there is nothing to build. HDF5 is loaded before tsx,
 * which would otherwise rewrite its 4.2 MB at every start (1 s and 560 MiB; 26 ms this way).
 * @param {{ readonly readsWeights?: boolean }} options
 */
export async function loadTypeScript({ readsWeights = false }) {
  if (readsWeights) await import('h5wasm/node');
  const { register } = await import('tsx/esm/api');
  register();
}
