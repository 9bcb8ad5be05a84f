// @ts-check
import { commandLine, IS_CLONE } from '../../home.mjs';

/**
 * Makes TypeScript loadable: tsx compiles it while loading, so there is nothing to build. HDF5 is loaded before tsx,
 * which would otherwise rewrite its 4.2 MB at every start (1 s and 560 MiB; 26 ms this way).
 * @param {{ readonly readsWeights?: boolean }} options
 * @throws Error that names the command, in a clone without packages
 */
export async function loadTypeScript({ readsWeights = false }) {
  if (!IS_CLONE) return; // the package's sources are JavaScript
  try {
    if (readsWeights) await import('h5wasm/node');
    const { register } = await import('tsx/esm/api');
    register();
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`${/'([^']+)'/.exec(message)?.[1]} is not installed. Run \`${commandLine('setup')}\`.`, {
      cause: error,
    });
  }
}
