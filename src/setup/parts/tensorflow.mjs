/**
 * TensorFlow's native library and C headers from its Python wheel: 1.3 GB of 1.9. They lie where pip would put them,
 * since the library's run paths lead from there to the CUDA packages.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pythonOf } from '../../platform.mjs';
import { has, run, SetupError } from '../command.mjs';
import { pip } from '../environment.mjs';
import { pythonEnvironment } from '../inherited.mjs';
import { requirements, root, tensorflow, venv } from '../place.mjs';
import { hashOfParts, read, stamp, stamped } from '../stamp.mjs';

/** The libraries to link against, in this order. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The headers that the binding's two C++ files include, directly and indirectly (`g++ -M`). */
export const HEADERS = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/c_api_macros.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/tf_attrtype.h',
  'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/c/tf_tstring.h',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
  'xla/tsl/c/tsl_status.h',
];

const MEMBERS = [...LIBRARIES, ...HEADERS.map((header) => `include/${header}`)].map((file) => `tensorflow/${file}`);
const WHEEL = path.join(venv, 'wheel');
const UNPACK = path.join(root, 'src/setup/unpack.py');

const stampFile = () => path.join(tensorflow(), '.graft-wheel');
const value = () => hashOfParts(read(requirements('tensorflow')), process.arch, ...MEMBERS);

export const tensorflowLibrary = {
  label: 'TensorFlow library',
  // it is only used for linking; macOS' wheel has a .dylib instead
  needed: () => process.platform === 'linux' && has('g++'),
  done: () => stamped(stampFile(), value()),
  async make() {
    rmSync(WHEEL, { recursive: true, force: true });
    mkdirSync(WHEEL);
    const options = ['--no-deps', '--only-binary=:all:', '-d', WHEEL];
    await pip(`${this.label} (download)`, venv, 'download', ['tensorflow'], ...options);
    const [wheel] = readdirSync(WHEEL);
    if (!wheel) throw new SetupError(`${this.label}: expected a wheel in ${WHEEL}; pip has put none there.`);
    rmSync(tensorflow(), { recursive: true, force: true });
    const args = [UNPACK, path.join(WHEEL, wheel), path.dirname(tensorflow()), ...MEMBERS];
    await run(`${this.label} (unpacking)`, pythonOf(venv), args, { env: pythonEnvironment() });
    // before the stamp, or a kill between the two would leave the wheel there for good
    rmSync(WHEEL, { recursive: true });
    stamp(stampFile(), value());
  },
};
