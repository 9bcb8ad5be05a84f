/**
 * Binds the functions of OpenVINO's C library that Graft calls, by koffi: without a compiler, and without Python.
 *
 * Only functions without variable arguments are bound (the `…_props` ones), since Apple's ABI on ARM passes those
 * another way. A `void *` that a function makes is memory that the library wants to free.
 */
import path from 'node:path';
import { requireSetUp } from '../../packages.mjs';

/** The handles that the library gives out. */
const HANDLES = ['core', 'model', 'compiled_model', 'infer_request', 'tensor', 'output_const_port'];

const STRUCTS = {
  ov_shape_t: { rank: 'int64_t', dims: 'int64_t *' },
  ov_dimension_t: { min: 'int64_t', max: 'int64_t' },
  ov_partial_shape_t: { rank: 'ov_dimension_t', dims: 'ov_dimension_t *' },
  ov_property_t: { key: 'const char *', value: 'const char *' },
  ov_version_t: { buildNumber: 'const char *', description: 'const char *' },
};

const FUNCTIONS = `
  int ov_get_openvino_version(_Out_ ov_version_t *version)
  int ov_core_create(_Out_ ov_core_t **core)
  int ov_core_read_model(const ov_core_t *core, const char *path, const char *weights, _Out_ ov_model_t **model)
  void ov_model_free(ov_model_t *model)
  int ov_core_compile_model_props(const ov_core_t *core, const ov_model_t *model, const char *device, size_t size,
    const ov_property_t *properties, _Out_ ov_compiled_model_t **compiled)
  int ov_compiled_model_input(const ov_compiled_model_t *compiled, _Out_ ov_output_const_port_t **port)
  int ov_compiled_model_outputs_size(const ov_compiled_model_t *compiled, _Out_ size_t *size)
  int ov_compiled_model_output_by_index(const ov_compiled_model_t *compiled, size_t index,
    _Out_ ov_output_const_port_t **port)
  int ov_compiled_model_create_infer_request(const ov_compiled_model_t *compiled, _Out_ ov_infer_request_t **request)
  int ov_port_get_partial_shape(const ov_output_const_port_t *port, _Out_ ov_partial_shape_t *shape)
  int ov_port_get_any_name(const ov_output_const_port_t *port, _Out_ void **name)
  int ov_port_get_element_type(const ov_output_const_port_t *port, _Out_ int *type)
  void ov_partial_shape_free(ov_partial_shape_t *shape)
  void ov_output_const_port_free(ov_output_const_port_t *port)
  int ov_tensor_create_from_host_ptr(int type, const ov_shape_t shape, void *data, _Out_ ov_tensor_t **tensor)
  void ov_tensor_free(ov_tensor_t *tensor)
  int ov_infer_request_set_input_tensor_by_index(ov_infer_request_t *request, size_t index, const ov_tensor_t *tensor)
  int ov_infer_request_set_output_tensor_by_index(ov_infer_request_t *request, size_t index, const ov_tensor_t *tensor)
  int ov_infer_request_infer(ov_infer_request_t *request)
  void ov_infer_request_free(ov_infer_request_t *request)
  const char *ov_get_error_info(int status)
  void *ov_get_last_err_msg()
  void ov_free(const void *content)`;

/**
 * Loads the library. koffi's names of types are global, so a process does this once.
 * @param {string} folder the folder of its files, which find each other there
 * @param {string} file the name of libopenvino_c
 * @throws Error naming the file
 */
export function bindOpenVino(folder, file) {
  const koffi = requireSetUp('koffi');
  const library = loaded(koffi, path.join(folder, file));
  for (const name of HANDLES) koffi.opaque(`ov_${name}_t`);
  for (const [name, fields] of Object.entries(STRUCTS)) koffi.struct(name, fields);
  const lines = FUNCTIONS.trim().split(/\n {2}(?! )/);
  const ov = Object.fromEntries(lines.map((line) => [/\b(ov_\w+)\(/.exec(line)[1], library.func(line.trim())]));

  /** Reads a text that the library has made, and frees it. */
  const taken = (pointer) => {
    if (!pointer) return '';
    const text = koffi.decode.string(pointer);
    ov.ov_free(pointer);
    return text;
  };
  const check = (status) => {
    if (status === 0) return;
    const message = taken(ov.ov_get_last_err_msg()).trim();
    throw new Error(`openvino: ${message || ov.ov_get_error_info(status)} (status ${status})`);
  };
  /** Calls a function. @throws Error in the library's words */
  const call = (name, ...args) => check(ov[name](...args));
  /** Calls a function in a thread of Node.js' pool, so that JavaScript goes on. */
  const callAside = (name, ...args) =>
    new Promise((resolve, reject) => {
      ov[name].async(...args, (failed, status) => {
        try {
          if (failed) throw failed;
          resolve(check(status));
        } catch (error) {
          reject(error);
        }
      });
    });
  /** Calls a function whose last argument takes what it makes, and gives that. */
  const make = (name, ...args) => {
    const made = [null];
    call(name, ...args, made);
    return made[0];
  };
  const makeAside = async (name, ...args) => {
    const made = [null];
    await callAside(name, ...args, made);
    return made[0];
  };
  const free = (name, handle) => ov[name](handle);
  return { koffi, taken, call, callAside, make, makeAside, free };
}

function loaded(koffi, file) {
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new Error(`openvino: ${file} cannot be loaded: ${cause.message.trim()}`, { cause });
  }
}
