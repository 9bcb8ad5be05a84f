/** The binding of TensorFlow.js: its two C++ files need only TensorFlow's C API. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { npmCommand } from '../../platform.mjs';
import { firstLine, has, run, say, SetupError } from '../command.mjs';
import { forTensorFlow, requirements, tensorflow, tfjs } from '../place.mjs';
import { hashOfParts, read, stamp, stamped } from '../stamp.mjs';
import { LIBRARIES } from './tensorflow.mjs';

const STAMP = path.join(tfjs, '.graft-binding');
const TARGET = path.join(tfjs, 'lib/napi-v8/tfjs_binding.node');
const LOCKFILE = path.join(forTensorFlow, 'package-lock.json');
const NODE_HEADERS = path.join(forTensorFlow, 'node_modules/node-api-headers/include');
/** Gives the library's path relative to the binding, so that the project's folder can be moved. */
const library = () => path.relative(path.dirname(TARGET), tensorflow());

function value() {
  const compiler = has('g++') ? 'g++' : 'no compiler'; // a machine without is asked again once it has one
  return hashOfParts(read(requirements('tensorflow')), read(LOCKFILE), process.arch, library(), compiler);
}

export const binding = {
  label: 'TensorFlow binding',
  done: () => stamped(STAMP, value()),
  async make() {
    mkdirSync(path.dirname(TARGET), { recursive: true });
    try {
      await compile(`${this.label} (compiling)`);
    } catch (error) {
      say(`  ${this.label}: not compiled (${firstLine(error)}); trying the package's own download of TensorFlow 2.9`);
      await download(`${this.label} (download)`);
    }
    stamp(STAMP, value());
  },
};

async function compile(label) {
  if (!has('g++')) throw new SetupError('g++ was not found');
  await run(label, 'g++', [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
    ...includes().flatMap((folder) => ['-I', folder]),
    ...SOURCES,
    ...LIBRARIES.map((name) => path.join(tensorflow(), name)),
    ...[`-Wl,-rpath,$ORIGIN/${library()}`, '-o', `${TARGET}.tmp`],
  ]);
  renameSync(`${TARGET}.tmp`, TARGET);
}

/** The files that are compiled, and the folders of their headers. */
export const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(tfjs, 'binding', name));
export const includes = () => [NODE_HEADERS, tfjs, path.join(tensorflow(), 'include')];

/**
 * Uses the package's own way, for machines that reach its maker's site; without it TensorFlow.js computes in
 * JavaScript.
 */
async function download(label) {
  try {
    // run as npm would: node-pre-gyp is found beside the package
    const [npm, ...first] = npmCommand();
    const args = [...first, 'rebuild', '@tensorflow/tfjs-node-gpu', '--ignore-scripts=false', '--foreground-scripts'];
    args.push('--prefix', forTensorFlow);
    await run(label, npm, args, { limit: 600_000 });
    if (!existsSync(TARGET)) throw new SetupError('no binding came with it');
  } catch (error) {
    console.warn(
      `\n  Warning: TensorFlow's native library could not be linked (${firstLine(error)}).\n` +
        '  Graft will train with TensorFlow.js in plain JavaScript: results are right, but it is much slower, and never uses a GPU.\n' +
        '  To mend this, install a compiler (Debian: sudo apt install g++) and run the same command again.\n',
    );
  }
}
