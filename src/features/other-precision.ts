import path from 'node:path';
import { type Backbone, type Calibration, inFloat32, type LayersBackbone, withInt8 } from '../models/backbone.ts';
import { calibrationKey } from '../runtime/precision.ts';
import { openCalibrations } from '../runtime/calibrations.ts';
import { openRowSet } from '../storage/rows/row-set.ts';
import { missingFrom, type Extraction } from './fill.ts';
import { setName } from './set.ts';

/**
 * Looks where features are kept for rows in the other precision, or in another number format, which nobody finds
 * without asking for them.
 * @param keys [N, 16] of pictures whose rows are missing
 * @returns a note that says how many there are, and what takes them; undefined if there are none
 */
export async function inOtherPrecision(
  { backbone, engine, folder, mirror, dtype }: Extraction,
  keys: Uint8Array,
): Promise<string | undefined> {
  const root = path.dirname(folder);
  const count = async (one: Backbone): Promise<number> => {
    const set = setName(one, engine);
    const here = openRowSet(path.join(root, set), one.outputShape, 'auto').index.find(keys);
    const found = here.length - missingFrom(here).length;
    return Math.max(found, (await mirror?.countRows(set, one.outputShape, keys)) ?? 0);
  };
  const note = (found: number, as: string, flags: string): string =>
    `${found.toLocaleString('en-US')} of them lie there ${as}: ${flags} takes those`;
  const anyDtype = dtype === 'auto' ? '' : '--dtype auto';
  const kept = anyDtype ? await count(backbone) : 0;
  if (kept) return note(kept, `as ${dtype === 'float32' ? 'float16' : 'float32'}`, anyDtype);
  if (!backbone.model) return undefined; // an ONNX file has its own
  const other = backbone.int8 ? 'float32' : 'int8';
  const counts = await Promise.all((backbone.int8 ? [inFloat32(backbone)] : inInt8(backbone, root)).map(count));
  const most = Math.max(0, ...counts);
  return most ? note(most, `in ${other}`, `--precision ${other} ${anyDtype}`.trim()) : undefined;
}

/** Gives a backbone with each calibration that is kept. */
const inInt8 = (backbone: LayersBackbone, root: string): Backbone[] => {
  const float = inFloat32(backbone);
  return openCalibrations<Calibration>(root, calibrationKey(float))
    .list()
    .map(({ calibration }) => withInt8(float, calibration));
};
