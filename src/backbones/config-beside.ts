import { type Config, type ConfiguredInput, readPreprocessorConfig } from './preprocessor-config.ts';
import { readTimmConfig, timmPart } from './timm-config.ts';
import { shortPath } from '../project.ts';
import { findBesideModel } from '../storage/weights/onnx-file.ts';
import { textIfThere } from '../storage/files/read-file.ts';

/** What to ask for if nothing says it. */
export const ASK =
  "say { input: { preprocess: 'imagenet' | 'caffe' | 'tf' | 'clip' | 'none' } } or its numbers, as the network's makers give them";

/** Makes the error for a file whose pictures nobody has said anything about. */
export const nothingSaid = ({ named }: { readonly named: string }, ask = ASK): RangeError =>
  new RangeError(
    `preprocess: expected what ${named} was trained to see; no processor_config.json, no preprocessor_config.json and no config.json of timm lies beside it: ${ask}.`,
  );

/**
 * The files that may stand beside a model and say how pictures enter it; the first one found counts: transformers 5
 * prefers what is nested in the first (transformers/image_processing_base.py, `get_image_processor_dict`).
 */
const READERS = {
  'processor_config.json': ({ image_processor: own }: Config) => isObject(own) && ofTransformers(own),
  'preprocessor_config.json': (config: Config) => ofTransformers(config),
  'config.json': (config: Config) => {
    const timm = timmPart(config);
    return timm && readTimmConfig(timm);
  },
} as const satisfies Record<string, (config: Config) => ConfiguredInput | false | undefined>;

export const CONFIGS = Object.keys(READERS);

/**
 * Reads what stands beside a model, or in the folder above `onnx/`.
 * @returns undefined if nothing says how pictures enter it
 * @throws Error if it asks for something that Graft does not do
 */
export function configBeside(model: string): ConfiguredInput | undefined {
  for (const [name, read] of Object.entries(READERS)) {
    const at = findBesideModel(model, name);
    const config = at && readConfig(at);
    if (!config) continue;
    try {
      const found = read(config);
      if (found) return found;
    } catch (cause) {
      throw new Error(`${shortPath(at)}: ${(cause as Error).message}. To use it with your own numbers, ${ASK}.`, {
        cause,
      });
    }
  }
  return undefined;
}

/** Reads the configuration of one of transformers' own processors, or of its wrapper for timm's. */
const ofTransformers = (config: Config): ConfiguredInput =>
  /^TimmWrapper/.test(String(config.image_processor_type))
    ? readTimmConfig(isObject(config.data_config) ? config.data_config : (timmPart(config) ?? config))
    : readPreprocessorConfig(config);

function readConfig(at: string): Config | undefined {
  const text = textIfThere(at);
  if (!text) return undefined;
  try {
    const config: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isObject(config)) return config;
  } catch {
    // said below
  }
  throw new Error(`${shortPath(at)}: expected JSON. Mend it, or move it away and ${ASK}.`);
}

const isObject = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
