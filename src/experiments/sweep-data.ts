import { defaultData } from '../data/load.ts';
import type { TriedBackbones } from './cross-validation/backbone-choice.ts';
import { openWork, type Watching, type WorkOptions } from './open-work.ts';
import type { SweepData } from './sweep.ts';

/** What a sweep works on: pictures and the network that makes features of them, as a file names them. */
export interface SweepSource extends WorkOptions {
  /** A data set by name, or where one's own photos lie. @default cifar10 if it is found, else cifar10-sample */
  readonly data?: string;
}

/**
 * Opens what a sweep works on.
 * @returns the features, and the source with what was decided here: data, network, engine, precision
 */
export async function openSweepData(
  given: SweepSource,
  watching: Watching = {},
): Promise<{ readonly data: SweepData; readonly compared?: TriedBackbones; readonly source: SweepSource }> {
  const source = { ...given, data: given.data ?? defaultData() };
  const { budget: _, ...asked } = source;
  const { backbone, compared, engine, features } = await openWork(source, watching);
  // an ONNX file has its own precision, unless it is rounded
  const { file, precision } = features.train.origin!.backbone;
  const decided = file && precision !== 'bfloat16' ? {} : { precision: precision as SweepSource['precision'] };
  return { data: features, compared, source: { ...asked, backbone, engine, ...decided } };
}
