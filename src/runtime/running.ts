import { hasGpuDriver } from '../host/machine.ts';
import type { Backbone } from '../models/backbone.ts';
import type { Opened, OpenOptions } from './engines/engine.ts';
import { ENGINE_NAMES, engineRow, ENGINES } from './engines/engines.mjs';

/** An engine, by the name of its row in engines.mjs. */
export type EngineName = keyof typeof ENGINES;

export interface RunOptions extends OpenOptions {
  readonly engine: EngineName;
}

/** A backbone that is ready to run. */
export interface RunningBackbone extends Opened {
  readonly engine: EngineName;
}

/**
 * Resolves the name of an engine: for `auto`, the one that `GRAFT_ENGINE` names; else one that runs the backbone on a GPU
 * here, if there is one (TensorFlow, for networks of layers), else ONNX Runtime.
 * @throws RangeError naming all engines
 */
export async function chooseEngine(asked: EngineName | 'auto' = 'auto', backbone?: Backbone): Promise<EngineName> {
  const name = namedEngine(asked);
  if (name !== 'auto') {
    if (!ENGINE_NAMES.includes(name))
      throw new RangeError(`engine: expected one of auto, ${ENGINE_NAMES.join(', ')}; got "${String(name)}".`);
    checkTakes(name, backbone);
    return name;
  }
  for (const one of ENGINE_NAMES)
    if (engineRow(one).auto === 'on a GPU' && takes(one, backbone) && hasGpuDriver() && (await onGpu(one))) return one;
  return ENGINE_NAMES[0];
}

/** Whether nobody has named an engine: neither the caller nor `GRAFT_ENGINE`. */
export const isOpen = (asked: EngineName | 'auto' = 'auto'): boolean => namedEngine(asked) === 'auto';

const namedEngine = (asked: EngineName | 'auto'): EngineName | 'auto' =>
  asked === 'auto' ? ((process.env.GRAFT_ENGINE || 'auto') as EngineName | 'auto') : asked;

/** Tells whether an engine computes on a GPU, where large batches pay. */
export const onGpu = async (engine: EngineName): Promise<boolean> => (await engineRow(engine).load()).onGpu();

/** Names an engine's runtime, with its version: `ONNX Runtime 1.30.0`. */
export const runtimeVersion = async (engine: EngineName): Promise<string> => (await engineRow(engine).load()).version();

/**
 * Opens a backbone for running; all engines are opened through this function.
 * @throws RangeError if the backbone is an ONNX file and the engine does not run those
 */
export async function openBackbone(backbone: Backbone, { engine, ...options }: RunOptions): Promise<RunningBackbone> {
  checkTakes(engine, backbone);
  const opened = await (await engineRow(engine).load()).open(backbone, options);
  return Object.assign(opened, { engine });
}

const takes = (engine: EngineName, backbone: Backbone | undefined): boolean =>
  !backbone?.file || engineRow(engine).files;

function checkTakes(engine: EngineName, backbone: Backbone | undefined): void {
  if (takes(engine, backbone)) return;
  const others = ['auto', ...ENGINE_NAMES.filter((one) => engineRow(one).files)];
  throw new RangeError(
    `engine: expected ${others.slice(0, -1).join(', ')} or ${others.at(-1)} for ${String(backbone)}, an ONNX file; got "${engine}".`,
  );
}
