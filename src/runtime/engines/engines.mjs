// @ts-check
// Plain JavaScript, since the command line offers these before any TypeScript is loaded.

/**
 * An engine that runs backbones.
 * @typedef {object} EngineRow
 * @property {boolean} files Whether it runs ONNX files, too.
 * @property {boolean} int8 Whether it computes in 8 bits.
 * @property {boolean} bfloat16 Whether it computes in bfloat16.
 * @property {boolean} kept Whether it stays open, in a process of its own, for the next user of the same backbone.
 * @property {'on a GPU' | 'where it is faster'} [auto] When `auto` takes it; otherwise `auto` takes the first row.
 * @property {() => Promise<import('./engine.ts').Engine>} load
 */

/** All engines. A row and the file that it loads hold everything about one. */
export const ENGINES =
  /** @satisfies {Record<Exclude<typeof import('../../options/options.mjs').OPTIONS.engine.choices[number], 'auto'>, EngineRow>} */ ({
    // ONNX Runtime on the CPU
    onnx: {
      files: true,
      int8: true,
      bfloat16: false,
      kept: true,
      load: async () => (await import('./onnx-runtime.ts')).onnxRuntime('cpu'),
    },
    // OpenVINO's C library on the CPU, where a race on this machine has shown it to be faster
    openvino: {
      files: true,
      int8: true,
      bfloat16: true,
      kept: true,
      auto: 'where it is faster',
      load: async () => (await import('./openvino.ts')).openVino,
    },
    // TensorFlow.js, on the GPU if TensorFlow sees one
    tensorflow: {
      files: false,
      int8: false,
      bfloat16: false,
      kept: false,
      auto: 'on a GPU',
      load: async () => (await import('./tensorflow.ts')).tensorFlow,
    },
    // ONNX Runtime on any GPU that has a Vulkan, Metal or Direct3D 12 driver
    webgpu: {
      files: true,
      int8: false,
      bfloat16: false,
      kept: true,
      load: async () => (await import('./onnx-runtime.ts')).onnxRuntime('webgpu'),
    },
  });

/** @typedef {keyof typeof ENGINES} EngineName */
export const ENGINE_NAMES = /** @type {EngineName[]} */ (Object.keys(ENGINES));

/**
 * Gives an engine's row.
 * @param {EngineName} name
 * @returns {EngineRow}
 */
export const engineRow = (name) => ENGINES[name];
