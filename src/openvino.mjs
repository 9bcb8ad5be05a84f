/**
 * Knows OpenVINO's library: which files of which wheel of PyPI it is made of, and where the set-up has put them. Plain
 * JavaScript without dependencies, since the set-up uses it before anything is installed.
 */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { placesOf, projectOf, ROOT } from './home.mjs';

/** The version that Graft is made with; the files of another one are not taken. */
export const OPENVINO = '2026.4.1';
const BUILD = '22982';
/** The end of the libraries' names. */
const ABI = '2641';

/**
 * The wheels by system, with their SHA-256, the oldest glibc that they run on, and the bytes of the files that are taken
 * out of them. Those files are the same in the wheels of every Python.
 */
const WHEELS = {
  'linux-x64': {
    tag: 'manylinux_2_28_x86_64',
    glibc: [2, 28],
    sha256: '6b4375c17ddcac83a5180349e2e2bb811185c261066e2a920659892d58ef0e3b',
    files: {
      [`libopenvino_c.so.${ABI}`]: 377_505,
      [`libopenvino.so.${ABI}`]: 20_526_937,
      'libopenvino_intel_cpu_plugin.so': 63_691_929,
      [`libopenvino_onnx_frontend.so.${ABI}`]: 6_827_321,
      'libtbb.so.12': 369_313,
    },
  },
  'linux-arm64': {
    tag: 'manylinux_2_35_aarch64',
    glibc: [2, 35],
    sha256: '82efccb2f9f1bdc7e5a1996e05a3b719ebff9232dd54b44150d6d2e983a86b7d',
    files: {
      [`libopenvino_c.so.${ABI}`]: 356_801,
      [`libopenvino.so.${ABI}`]: 17_135_873,
      'libopenvino_arm_cpu_plugin.so': 44_571_169,
      [`libopenvino_onnx_frontend.so.${ABI}`]: 5_845_145,
      'libtbb.so.12': 274_601,
    },
  },
  'darwin-arm64': {
    tag: 'macosx_11_0_arm64',
    sha256: '726ac547b8474a5e7b145bc1ae5a8bb6fbcbb60b79bd9a611c67eec2c74b7a5f',
    files: {
      [`libopenvino_c.${ABI}.dylib`]: 422_352,
      [`libopenvino.${ABI}.dylib`]: 27_115_744,
      'libopenvino_arm_cpu_plugin.so': 70_403_408,
      [`libopenvino_onnx_frontend.${ABI}.dylib`]: 10_079_280,
      'libtbb.12.dylib': 354_496,
    },
  },
};

/**
 * Gives the wheel for a system; undefined if there is none that would run, as with musl or an older glibc.
 * @param {{ system?: string, glibc?: string }} [of] this machine, unless said otherwise
 */
export function openvinoWheel({ system = `${process.platform}-${process.arch}`, glibc = glibcVersion() } = {}) {
  const wheel = Object.hasOwn(WHEELS, system) ? WHEELS[system] : undefined;
  if (!wheel) return undefined;
  const [major = 0, minor = 0] = (glibc ?? '').split('.').map(Number);
  if (wheel.glibc && (major < wheel.glibc[0] || (major === wheel.glibc[0] && minor < wheel.glibc[1]))) return undefined;
  return { ...wheel, name: `openvino-${OPENVINO}-${BUILD}-cp312-cp312-${wheel.tag}.whl` };
}

/** Gives the version of glibc that Node.js runs on; undefined without glibc. */
function glibcVersion() {
  if (process.platform !== 'linux') return undefined;
  if (glibc) return glibc.version;
  const { report } = process;
  const { excludeNetwork } = report;
  report.excludeNetwork = true; // or it asks for the name of every open connection, which can take seconds
  glibc = { version: report.getReport().header.glibcVersionRuntime };
  report.excludeNetwork = excludeNetwork;
  return glibc.version;
}
let glibc;

/** Gives the folder that the set-up puts the library into. */
export const openvinoSetUpFolder = () => path.join(placesOf().python, 'openvino');

/**
 * Gives the folder that the library is loaded from: `GRAFT_OPENVINO`, say `openvino/libs` of a wheel that is installed
 * already; else where the set-up of this project has put it, or that of the project that Graft is installed in.
 */
export function openvinoFolder() {
  if (process.env.GRAFT_OPENVINO) return path.resolve(process.env.GRAFT_OPENVINO);
  const installed = path.join(placesOf({ cwd: projectOf(ROOT) }).python, 'openvino');
  return [openvinoSetUpFolder(), installed].find((folder) => sizeOf(folder) !== undefined) ?? openvinoSetUpFolder();
}

/**
 * Says what keeps the library from being loaded: undefined if all its files are there in their sizes.
 * @returns {{ absent: boolean, why: string } | undefined} `absent` if nobody has put it there
 */
export function openvinoFault(folder = openvinoFolder(), wheel = openvinoWheel()) {
  if (!wheel) return { absent: true, why: `there is none for this system (${process.platform}, ${process.arch})` };
  const absent = !process.env.GRAFT_OPENVINO && sizeOf(folder) === undefined;
  for (const [name, bytes] of Object.entries(wheel.files)) {
    const file = path.join(folder, name);
    const size = sizeOf(file);
    if (size === undefined) return { absent, why: `expected ${file}; it is not there, or cannot be read` };
    if (size !== bytes)
      return { absent, why: `${file}: expected ${bytes} bytes, as in OpenVINO ${OPENVINO}; it has ${size}` };
  }
  return undefined;
}

/**
 * Gives a file's or folder's size; undefined if it is not there or may not be read.
 * @param {string} file
 */
function sizeOf(file) {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).size;
  } catch {
    return undefined;
  }
}
