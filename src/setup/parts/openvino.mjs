/**
 * OpenVINO's C library, five files of its wheel (92 MB): the engine that some CPUs are faster with. Nothing needs it: if it
 * cannot be fetched, that is said once, and ONNX Runtime computes.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OPENVINO, openvinoFault, openvinoSetUpFolder, openvinoWheel } from '../../openvino.mjs';
import { firstLine, say } from '../command.mjs';
import { pip } from '../environment.mjs';
import { fetchWheel } from '../fetch-wheel.mjs';
import { pythonOf } from '../../platform.mjs';
import { venv } from '../place.mjs';
import { stamp, stamped } from '../stamp.mjs';
import { unzip } from '../unzip.mjs';

const FOLDER = openvinoSetUpFolder();
const FRESH = `${FOLDER}.new`;
/** Stands beside the folder if this version could not be fetched. */
const GIVEN_UP = `${FOLDER}.not-fetched`;

export const openvinoLibrary = {
  label: 'OpenVINO library',
  needed: () => openvinoWheel() !== undefined,
  done: () => openvinoFault(FOLDER) === undefined || stamped(GIVEN_UP, OPENVINO),
  async make() {
    rmSync(FRESH, { recursive: true, force: true });
    mkdirSync(FRESH, { recursive: true });
    try {
      await bring(this.label, openvinoWheel());
    } catch (error) {
      if (['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS'].includes(error.code)) throw error;
      rmSync(FRESH, { recursive: true, force: true });
      rmSync(FOLDER, { recursive: true, force: true });
      stamp(GIVEN_UP, OPENVINO);
      console.warn(
        `Warning: ${this.label} could not be fetched: ${firstLine(error)}\n` +
          `ONNX Runtime computes instead, more slowly on some CPUs. Remove ${GIVEN_UP} to try again with the next set-up.`,
      );
    }
  },
};

/** Fetches the wheel, by pip if Python is set up here, and puts its files in place at once. */
async function bring(label, wheel) {
  const file = path.join(FRESH, wheel.name);
  const started = Date.now();
  if (existsSync(pythonOf(venv))) await byPip(label, wheel);
  else {
    await fetchWheel('openvino', wheel, file);
    say(`  ${label} (download): done in ${Math.round((Date.now() - started) / 1000)} s`);
  }
  const [found] = readdirSync(FRESH);
  if (found !== wheel.name) throw new Error(`expected ${wheel.name} in ${FRESH}; ${found ?? 'nothing'} is there.`);
  const names = Object.keys(wheel.files);
  const members = unzip(
    file,
    names.map((name) => `openvino/libs/${name}`),
  );
  for (const name of names) writeFileSync(path.join(FRESH, name), members.get(`openvino/libs/${name}`));
  rmSync(file);
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(FRESH, FOLDER);
  const fault = openvinoFault(FOLDER);
  if (fault) throw new Error(fault.why);
}

/** Lets pip fetch it: where packages come from is set for pip. One wheel is taken for every Python. */
const byPip = (label, { tag }) =>
  pip(
    `${label} (download)`,
    venv,
    'download',
    ['openvino'],
    ...['--no-deps', '--only-binary=:all:', '-d', FRESH],
    ...['--platform', tag, '--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'],
  );
