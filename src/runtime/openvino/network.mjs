/** Reads, compiles and runs ONNX files by OpenVINO's C library. */
import { openvinoWheel, OPENVINO } from '../../openvino.mjs';
import { bindOpenVino } from './functions.mjs';

/** Types of tensors that Graft hands in and takes out, by OpenVINO's numbers (ov_element_type_e). */
const TYPES = { 4: 'float32', 16: 'uint8' };
const ARRAYS = { float32: Float32Array, uint8: Uint8Array };
const NUMBERS = { float32: 4, uint8: 16 };

/**
 * Opens the library.
 * @param {string} folder the folder of its files
 * @throws Error naming the file that cannot be loaded, or the version that is there
 */
export function openLibrary(folder) {
  const [file] = Object.keys(openvinoWheel().files);
  const ov = bindOpenVino(folder, file);
  const version = {};
  ov.call('ov_get_openvino_version', version);
  if (!version.buildNumber.startsWith(`${OPENVINO}-`))
    throw new Error(`openvino: ${folder}: expected OpenVINO ${OPENVINO}; it is ${version.buildNumber}.`);
  const core = ov.make('ov_core_create');
  return { version: OPENVINO, open: (model, options) => openNetwork(ov, core, model, options) };
}

/**
 * Compiles a network of one input and one output.
 * @param {string} file an ONNX file; its weights may lie beside it
 * @param {{ precision: 'f32' | 'bf16', threads?: number, streams: number }} options `streams`: batches that run at once,
 *   on a share of the threads each
 */
async function openNetwork(ov, core, file, { precision, threads, streams }) {
  const properties = Object.entries({
    PERFORMANCE_HINT: 'THROUGHPUT',
    NUM_STREAMS: String(streams),
    INFERENCE_PRECISION_HINT: precision,
    // a thread that is held to one core waits there for other programs, with the next core free
    ENABLE_CPU_PINNING: 'NO',
    ...(threads && { INFERENCE_NUM_THREADS: String(threads) }),
  }).map(([key, value]) => ({ key, value }));
  const read = await ov.makeAside('ov_core_read_model', core, file, null);
  let compiled;
  try {
    compiled = await ov.makeAside('ov_core_compile_model_props', core, read, 'CPU', properties.length, properties);
  } finally {
    ov.free('ov_model_free', read);
  }
  const input = portOf(ov, ov.make('ov_compiled_model_input', compiled));
  const outputs = Array.from({ length: Number(ov.make('ov_compiled_model_outputs_size', compiled)) }, (_, i) =>
    portOf(ov, ov.make('ov_compiled_model_output_by_index', compiled, i)),
  );
  const requests = requestsOf(streams, () => ov.make('ov_compiled_model_create_infer_request', compiled));
  return {
    input,
    outputs,
    /**
     * Runs a batch; as many as there are streams run at once, further ones wait.
     * @param {Uint8Array | Float32Array} data n pictures, of the type of the input
     * @param {readonly number[]} dims
     * @returns {Promise<{ data: Float32Array | Uint8Array, dims: number[] }>} the first output
     */
    async run(data, dims) {
      const [output] = outputs;
      const to = [dims[0], ...output.dims.slice(1)];
      const values = new ARRAYS[output.type](to.reduce((a, b) => a * b, 1));
      const given = data instanceof Float32Array ? 'float32' : 'uint8';
      // the library gets a bare pointer, and would read past the end
      const isAsInput =
        input.dims.length === dims.length && input.dims.every((size, i) => size < 0 || size === dims[i]);
      if (given !== input.type || !isAsInput || data.length !== dims.reduce((a, b) => a * b, 1))
        throw new RangeError(
          `openvino: expected ${input.type} [${input.dims.join(', ')}]; got ${data.length} ${given} for [${dims.join(', ')}].`,
        );
      const request = await requests.take();
      const tensors = [tensorOf(ov, input.type, dims, data), tensorOf(ov, output.type, to, values)];
      try {
        ov.call('ov_infer_request_set_input_tensor_by_index', request, 0, tensors[0]);
        ov.call('ov_infer_request_set_output_tensor_by_index', request, 0, tensors[1]);
        await ov.callAside('ov_infer_request_infer', request);
      } finally {
        for (const tensor of tensors) ov.free('ov_tensor_free', tensor);
        requests.giveBack(request);
      }
      return { data: values, dims: to };
    },
  };
}

/** Keeps up to `most` requests, each of which holds the memory of a batch; who wants one more waits. */
function requestsOf(most, make) {
  const [free, waiting] = [[], []];
  let made = 0;
  return {
    async take() {
      if (free.length) return free.pop();
      if (made++ < most) return make();
      return new Promise((resolve) => waiting.push(resolve));
    },
    giveBack(request) {
      const next = waiting.shift();
      if (next) next(request);
      else free.push(request);
    },
  };
}

const tensorOf = (ov, type, dims, data) =>
  ov.make(
    'ov_tensor_create_from_host_ptr',
    NUMBERS[type],
    { rank: dims.length, dims: BigInt64Array.from(dims, BigInt) },
    data,
  );

/** Reads the name, type and shape of an input or output; a size that may vary is −1. */
function portOf(ov, port) {
  const shape = {};
  ov.call('ov_port_get_partial_shape', port, shape);
  const dims = ov.koffi.decode(shape.dims, ov.koffi.array('ov_dimension_t', Number(shape.rank.max)));
  ov.free('ov_partial_shape_free', shape);
  const type = ov.make('ov_port_get_element_type', port);
  const name = ov.taken(ov.make('ov_port_get_any_name', port));
  ov.free('ov_output_const_port_free', port);
  const sizes = dims.map(({ min, max }) => (min === max ? Number(min) : -1));
  return { name, type: TYPES[type] ?? `type ${type}`, dims: sizes };
}
