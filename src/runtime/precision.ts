import type * as tf from '@tensorflow/tfjs';
import type { Images } from '../data/images.ts';
import type { Kernel } from '../pixels/interpolation.ts';
import type { Preprocessing } from '../pixels/preprocess.ts';
import { calibrate, hasInt8Instructions, MIN_AGREEMENT } from './calibrate.ts';
import type { EngineName } from './engine.ts';
import type { Ranges } from '../onnx/int8.ts';

export const PRECISIONS = ['float32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface PrecisionOptions {
  readonly precision?: Precision | 'auto';
  readonly calibration?: Images;
  readonly calibrationPercentile?: number;
  readonly kernel: Kernel;
  readonly preprocess: Preprocessing;
  readonly cache: string;
  /** Names the backbone. */
  readonly fingerprint: string;
}

/** What `precision` comes to here: the ranges for int8, or none for float32, and why in words. */
export async function choosePrecision(
  backbone: tf.LayersModel,
  engine: EngineName,
  { precision = 'auto', calibration, calibrationPercentile, ...options }: PrecisionOptions,
): Promise<{ int8?: Ranges; precisionText: string }> {
  if (![...PRECISIONS, 'auto'].includes(precision)) throw new RangeError(`precision: expected one of auto, ${PRECISIONS.join(', ')}; got "${precision}".`);
  if (precision === 'float32') return { precisionText: 'float32' };
  const obstacle =
    engine !== 'onnx'
      ? `the engine is ${engine}`
      : !hasInt8Instructions()
        ? 'this CPU has no VNNI (x86) or dot product (ARM), without which 8-bit sums overflow'
        : calibration === undefined
          ? 'no calibration images were given'
          : undefined;
  if (obstacle !== undefined || !calibration) {
    if (precision === 'auto') return { precisionText: 'float32' };
    throw new Error(
      `precision: int8 cannot be used: ${obstacle}. Use { precision: "float32" }${engine === 'onnx' ? ', or give { calibration: subset(trainingImages, { size: 80 }) }' : ''}.`,
    );
  }
  try {
    const { ranges, agreement } = await calibrate(backbone, calibration, { ...options, percentile: calibrationPercentile });
    if (precision === 'auto' && agreement < MIN_AGREEMENT) return { precisionText: `float32, since int8 agrees only to ${agreement.toFixed(4)}` };
    return { int8: ranges, precisionText: `int8 (agrees with float32 to ${agreement.toFixed(4)})` };
  } catch (error) {
    // a backbone of other layers has no 8-bit form
    if (precision === 'auto' && (error as Error).message.startsWith('int8:')) return { precisionText: 'float32' };
    throw error;
  }
}
