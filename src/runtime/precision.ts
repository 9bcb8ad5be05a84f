import type { Dataset } from '../data/dataset.ts';
import { OPTIONS } from '../options/options.mjs';
import { hasInt8Instructions, multipliesBfloat16, multipliesBfloat16Matrices } from '../host/machine.ts';
import {
  type Backbone,
  type Calibration,
  inFloat32,
  type LayersBackbone,
  withBfloat16,
  withInt8,
} from '../models/backbone.ts';
import { openCalibrations } from './calibrations.ts';
import { hashOf, sha256 } from '../storage/files/hash.ts';
import { agreementOn, calibrate, calibratedOn, type CalibrateOptions, HELD_OUT, heldOut } from './calibrate.ts';
import { engineRow } from './engines/engines.mjs';
import { QUANTIZED } from './read-onnx.ts';
import type { EngineName } from './running.ts';

export type Precision = Exclude<(typeof OPTIONS.precision.choices)[number], 'auto'>;

/** Below this agreement with float32, neither 8 bits nor bfloat16 are used. */
export const MIN_AGREEMENT = 0.995;

export interface PrecisionOptions extends CalibrateOptions {
  /**
   * `float32`; `int8`, four times as fast on a CPU with VNNI; `bfloat16`, which OpenVINO computes in on some CPUs;
   * `auto`: int8 if the CPU supports it, no GPU does the work and it agrees with float32 to 0.995; else bfloat16, if the
   * engine computes in that, the CPU has AMX and it agrees as well; else float32. @default 'auto'
   */
  readonly precision?: Precision | 'auto';
  readonly engine: EngineName;
  /** The folder of features, where calibrations are kept. */
  readonly cache: string;
}

/** A backbone as it is to run here, and the reason in words. */
export interface ChosenPrecision {
  readonly backbone: Backbone;
  readonly text: string;
}

/**
 * Decides in which precision a backbone runs here. For 8 bits it is calibrated once, on the images at hand; later data
 * sets use the same ranges if these agree with float32 on 16 of their own images.
 * @param images the training set's images
 * @throws Error saying why int8 cannot be used, if it was asked for
 */
export async function atPrecision(
  given: Backbone,
  images: Dataset,
  options: PrecisionOptions,
): Promise<ChosenPrecision> {
  const { precision = 'auto', engine } = options;
  if (!OPTIONS.precision.choices.includes(precision))
    throw new RangeError(
      `precision: expected one of ${OPTIONS.precision.choices.join(', ')}; got "${String(precision)}".`,
    );
  if (precision === 'bfloat16') return atBfloat16(given, images, options);
  if (given.file) {
    if (precision === 'auto')
      return roundedOr({ backbone: inFloat32(given), text: given.file.precision }, images, options);
    if (precision !== 'int8') return { backbone: inFloat32(given), text: given.file.precision };
    throw new Error(
      `precision: int8 cannot be used: ${String(given)} is an ONNX file, which computes in the precision it was made for. ` +
        'Take a quantized file, or { precision: "auto" }.',
    );
  }
  const float = { backbone: inFloat32(given), text: 'float32' };
  if (precision === 'float32') return float;
  const obstacle = obstacleTo(engine, given.int8 ? undefined : images);
  if (obstacle) {
    if (precision === 'auto') return roundedOr(float, images, options);
    const instead = engineRow(engine).int8 && images.n < 2 * HELD_OUT ? ', or give more images' : '';
    throw new Error(`precision: int8 cannot be used: ${obstacle}. Use { precision: "float32" }${instead}.`);
  }
  if (given.int8) return { backbone: given, text: int8Text(given.int8.agreement) };
  try {
    const { calibration, agreement } = await findCalibration(float.backbone, images, options);
    if (precision === 'auto' && agreement < MIN_AGREEMENT)
      return { ...float, text: `float32, since int8 agrees only to ${agreement.toFixed(4)}` };
    return { backbone: withInt8(given, calibration), text: int8Text(agreement) };
  } catch (error) {
    // a backbone of other layers has no 8-bit form
    if (precision === 'auto' && (error as Error).message.startsWith('int8:')) return roundedOr(float, images, options);
    throw error;
  }
}

/** Gives a backbone in bfloat16 if the engine and the CPU gain by that and it agrees with float32; else as it is. */
async function roundedOr(float: ChosenPrecision, images: Dataset, options: PrecisionOptions): Promise<ChosenPrecision> {
  if (!engineRow(options.engine).bfloat16 || !gainsByBfloat16(float.backbone)) return float;
  const rounded = await atBfloat16(float.backbone, images, options);
  return rounded.backbone.bfloat16!.agreement < MIN_AGREEMENT ? float : rounded;
}

/**
 * Gives a backbone in bfloat16, with its agreement with float32 on 16 of the images, which is measured once.
 * @throws Error saying why bfloat16 cannot be used
 */
export async function atBfloat16(
  given: Backbone,
  images: Dataset,
  options: PrecisionOptions,
): Promise<ChosenPrecision> {
  const { engine, cache, signal } = options;
  const obstacle = !engineRow(engine).bfloat16
    ? `the engine is ${engine}. Use { engine: "openvino" }`
    : bfloat16Obstacle(given);
  if (obstacle !== undefined) throw new Error(`precision: bfloat16 cannot be used: ${obstacle}.`);
  const float = inFloat32(given);
  const kept = openCalibrations(cache, hashOf([float.id, 'bfloat16']));
  const [from, to] = heldOut(images);
  const pictures = sha256(images.keysAt(Array.from({ length: to - from }, (_, i) => from + i)));
  const known = kept.agreement('bfloat16', pictures);
  const backbone = withBfloat16(float, { agreement: known ?? 0 });
  const agreement = known ?? (await agreementOn(float, backbone, images, { signal, engine }));
  if (known === undefined) kept.noteAgreement('bfloat16', pictures, agreement);
  const text = `bfloat16 (agrees with float32 to ${agreement.toFixed(4)})`;
  return { backbone: withBfloat16(float, { agreement }), text };
}

/** Whether a backbone can compute in bfloat16 here, and this CPU is faster so. */
export const gainsByBfloat16 = (backbone: Backbone): boolean =>
  multipliesBfloat16Matrices() && bfloat16Obstacle(backbone) === undefined;

/** Says why a backbone cannot compute in bfloat16 here; undefined if it can. */
export function bfloat16Obstacle({ file }: Backbone): string | undefined {
  if (file?.precision === QUANTIZED) return 'the file is quantized. Use { precision: "auto" }';
  if (!multipliesBfloat16())
    return 'this CPU has no instructions for it (avx512_bf16, amx_bf16). Use { precision: "auto" }';
  return undefined;
}

const int8Text = (agreement: number): string => `int8 (agrees with float32 to ${agreement.toFixed(4)})`;

/** @param images the images to calibrate on, if it is not calibrated yet */
function obstacleTo(engine: EngineName, images: Dataset | undefined): string | undefined {
  if (!engineRow(engine).int8) return `the engine is ${engine}`;
  if (!hasInt8Instructions())
    return 'this CPU has no VNNI (x86) or dot product (ARM), without which 8-bit sums overflow';
  if (images && images.n < 2 * HELD_OUT)
    return `${2 * HELD_OUT} images or more are needed to calibrate it, and ${images.name} has ${images.n}`;
  return undefined;
}

/** Names a backbone in float32 and the way it is calibrated. */
export const calibrationKey = (float: LayersBackbone, percentile = 100): string => hashOf([float.id, percentile]);

/** Finds a kept calibration that holds for these images, or makes a new one. */
async function findCalibration(
  float: LayersBackbone,
  images: Dataset,
  { cache, ...options }: PrecisionOptions,
): Promise<{ calibration: Calibration; agreement: number }> {
  const { percentile = 100, signal } = options;
  const kept = openCalibrations<Calibration>(cache, calibrationKey(float, percentile));
  const [from, to] = heldOut(images);
  const pictures = sha256(images.keysAt(Array.from({ length: to - from }, (_, i) => from + i)));
  const own = calibratedOn(images);
  for (const { name, calibration } of kept.list(own)) {
    const known = kept.agreement(name, pictures);
    const agreement = known ?? (await agreementOn(float, withInt8(float, calibration), images, { signal }));
    if (known === undefined) kept.noteAgreement(name, pictures, agreement);
    if (agreement >= MIN_AGREEMENT) return { calibration, agreement };
  }
  const calibration = await calibrate(float, images, options);
  kept.noteAgreement(kept.keep(calibration, own), pictures, calibration.agreement);
  return { calibration, agreement: calibration.agreement };
}
