// @ts-check
/**
 * Makes TypeScript loadable: tsx compiles it on the way, so there is nothing to build. HDF5 comes before tsx, which
 * would rewrite its 4.2 MB at every start (1 s and 560 MiB; 26 ms this way).
 * @param {{ readonly readsWeights?: boolean }} options
 */
export async function loadTypeScript({ readsWeights = false }) {
  if (readsWeights) await import('h5wasm/node');
  const { register } = await import('tsx/esm/api');
  register();
}
