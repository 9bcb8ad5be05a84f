import { checkReplaceable, type FileSize, filesOf, putFolder } from '../../storage/files/new-folder.ts';
import { shortPath } from '../../project.ts';
import { asClassifier } from '../as-classifier.ts';
import type { Classifier } from '../classifier.ts';
import { loadClassifier } from '../load.ts';
import type { Model } from '../../models/model.ts';
import { CHECKED } from './check.ts';
import { describe } from './description.ts';
import type { Format, LoadingLines, RunRecord } from './format.ts';
import { hub } from './formats/hub.ts';
import { checkRun } from './formats/model-card.ts';
import { keras } from './formats/keras.ts';
import { onnx } from './formats/onnx.ts';
import { tfjs } from './formats/tfjs.ts';
import { EXPORT_FORMATS, type ExportFormat } from './names.mjs';
import { pngOf } from '../../data/pictures/picture-files.ts';

export interface ExportOptions {
  /** The format: `onnx`, one file for ONNX Runtime in any language; `hub`, the folder that transformers.js takes; `tfjs`, a layers model of TensorFlow.js; `keras`, a `.keras` file. */
  readonly to: ExportFormat;
  /** The folder that is written: a new one, an empty one, or one that an export wrote before. */
  readonly out: string;
  /** The record of the run that trained it, `run.json`: it is named in what is written, and a model card quotes it. @default none */
  readonly run?: RunRecord;
  /** The backbone's weights, if a folder is given and they are no longer where they were. */
  readonly weights?: string;
}

/** What an export wrote, and how to load it. */
export interface Exported {
  readonly kind: 'export';
  readonly format: ExportFormat;
  /** The format's name: `ONNX`. */
  readonly title: string;
  readonly folder: string;
  readonly files: readonly FileSize[];
  /** How far the written file is from `predict`, in probability, on three drawn pictures. */
  readonly difference: number;
  /** What it was compared with, in words. */
  readonly against: string;
  /** The lines that load it, ready to copy. */
  readonly load: readonly LoadingLines[];
  /** What to see to: licences, what the format cannot say. */
  readonly remarks: readonly string[];
  /** Says all of it, over several lines. */
  toString(): string;
}

const FORMATS: Readonly<Record<ExportFormat, Format>> = { onnx, hub, tfjs, keras };

/** The file that lists what an export wrote, with the pictures that it was checked with. */
const CHECK = 'check.json';

/**
 * Writes a classifier in a standard format, so that it is of use without Graft. What was written is run once and
 * compared with `predict`; if it differs, nothing is left behind. `check.json` beside it holds three small pictures and
 * the probabilities that any reader should give for them.
 * @param model a classifier, a model that was trained, or the folder of a saved classifier
 * @throws Error naming a layer that the format has no counterpart for, or what else is in the output folder; nothing is
 *   written then
 * @example
 * console.log(String(await exportClassifier(model, { to: 'onnx', out: 'results/onnx' })));
 */
export async function exportClassifier(
  model: Model | string,
  { to, out, run, weights }: ExportOptions,
): Promise<Exported> {
  if (!EXPORT_FORMATS.includes(to))
    throw new RangeError(`to: expected one of ${EXPORT_FORMATS.join(', ')}; got "${String(to)}".`);
  if (!out) throw new RangeError('out: expected a folder to write; got none.');
  checkReplaceable(out, CHECK);
  const classifier = typeof model === 'string' ? await loadClassifier(model, { weights }) : await asClassifier(model);
  if (run) checkRun(run, classifier);
  const description = describe(classifier, run);
  const format = FORMATS[to];
  const {
    checked,
    lines,
    remarks = [],
  } = await putFolder(out, async (folder) => {
    const written = await withCounterparts(format, () => format.write(classifier, folder, description, run));
    const { pixels, size, checked } = written;
    const pictures = await checkRows(classifier, pixels, size, checked.probabilities);
    const files = filesOf(folder.path).map(({ name }) => name);
    const { largest, against } = checked;
    const check = { files, ...description, size, against, difference: largest, pictures };
    folder.write(CHECK, `${JSON.stringify(check, null, 1)}\n`);
    return written;
  });
  const { warning } = description.licence;
  const exported = {
    kind: 'export',
    format: to,
    title: format.title,
    folder: out,
    files: filesOf(out),
    difference: checked.largest,
    against: checked.against,
    load: lines(shortPath(out)),
    remarks: [...remarks, ...(warning ? [warning] : [])],
  } as const;
  const text = (): string => textOf(exported);
  return { ...exported, toString: text, [Symbol.for('nodejs.util.inspect.custom')]: text };
}

/** Names the format for a layer that cannot be converted. */
async function withCounterparts<T>(format: Format, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const [, reason] = /^(?:onnx|keras): (layer .*?)(?: Use \{ engine: .*)?$/s.exec((error as Error).message) ?? [];
    if (reason === undefined) throw error;
    throw new Error(`export: ${format.title} has no counterpart for every layer: ${reason} Nothing was written.`, {
      cause: error,
    });
  }
}

/** Gives the pictures of check.json: PNG in base64, with the probabilities in the order of the class names. */
async function checkRows(
  { classNames }: Classifier,
  pixels: Uint8Array,
  size: readonly [height: number, width: number],
  probabilities: Float32Array,
): Promise<{ readonly png: string; readonly className: string; readonly probabilities: readonly number[] }[]> {
  const [each, k] = [pixels.length / CHECKED, classNames.length];
  return Promise.all(
    Array.from({ length: CHECKED }, async (_, i) => {
      const row = Array.from(probabilities.subarray(i * k, (i + 1) * k));
      const png = await pngOf(pixels.subarray(i * each, (i + 1) * each), size);
      return { png: png.toString('base64'), className: classNames[row.indexOf(Math.max(...row))], probabilities: row };
    }),
  );
}

function textOf({ title, folder, files, difference, against, load, remarks }: Omit<Exported, 'toString'>): string {
  const width = Math.max(...files.map(({ name }) => name.length));
  return [
    `${title}: ${shortPath(folder)}`,
    ...files.map(({ name, bytes }) => `  ${name.padEnd(width)}  ${bytes.toLocaleString('en-US')} bytes`),
    `run once on ${CHECKED} drawn pictures: at most ${difference.toPrecision(2)} from ${against} in any probability`,
    ...remarks.map((remark) => `note: ${remark}`),
    ...load.flatMap(({ language, needs, code }) => ['', `${language}, with ${needs.join(', ')}:`, code]),
  ].join('\n');
}
