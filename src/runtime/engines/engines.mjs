// @ts-check
// Plain JavaScript, as the command line offers these before anything of TypeScript is loaded.

/**
 * What runs a backbone.
 * @typedef {object} EngineRow
 * @property {boolean} files Whether it runs ONNX files, too.
 * @property {boolean} int8 Whether it computes in 8 bits.
 * @property {boolean} kept Whether it stays open for the next one who wants the same backbone, in a process of its own.
 * @property {'on a GPU'} [auto] Where `auto` takes it; the first row is what `auto` takes otherwise.
 * @property {() => Promise<import('./engine.ts').Engine>} load
 */

/** The engines there are. A row and the file that it loads are all there is to say of one. */
export const ENGINES = /** @satisfies {Record<string, EngineRow>} */ ({
  // ONNX Runtime on the CPU
  onnx: {
    files: true,
    int8: true,
    kept: true,
    load: async () => (await import('./onnx-runtime.ts')).onnxRuntime('cpu'),
  },
  // TensorFlow.js, on the GPU if TensorFlow sees one
  tensorflow: {
    files: false,
    int8: false,
    kept: false,
    auto: 'on a GPU',
    load: async () => (await import('./tensorflow.ts')).tensorFlow,
  },
  // ONNX Runtime on any GPU that has a Vulkan, Metal or Direct3D 12 driver
  webgpu: {
    files: true,
    int8: false,
    kept: true,
    load: async () => (await import('./onnx-runtime.ts')).onnxRuntime('webgpu'),
  },
});

/** @typedef {keyof typeof ENGINES} EngineName */
export const ENGINE_NAMES = /** @type {EngineName[]} */ (Object.keys(ENGINES));

/**
 * What is known of an engine.
 * @param {EngineName} name
 * @returns {EngineRow}
 */
export const engineRow = (name) => ENGINES[name];
