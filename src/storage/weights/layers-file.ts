import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ownOf } from '../../host/own.ts';
import { shortPath } from '../../project.ts';

/** A TensorFlow.js layers model as it is on disk. */
export interface LayersFile {
  readonly topology: object;
  readonly specs: readonly WeightSpec[];
  /** All weights, in the order of `specs`. */
  readonly data: ArrayBuffer;
  /** The size of all its files, in bytes. */
  readonly bytes: number;
}

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string };
}

/** The bytes of a value. */
const SIZES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * Reads a `model.json` of TensorFlow.js and the weights beside it (`weightsManifest`).
 * @throws Error saying what was expected: no such file, a graph model, weights that are missing, cut short or elsewhere
 */
export function readLayersFile(file: string): LayersFile {
  const text = readBytes(file, 'a model.json of TensorFlow.js').toString('utf8');
  const expected = (what: string): Error =>
    new Error(
      `${shortPath(file)}: expected a layers model of TensorFlow.js (\`model.save\`, or \`tensorflowjs_converter ` +
        `--output_format=tfjs_layers_model\`); it ${what}.`,
    );
  const json = parse(text);
  if (!json) throw expected(/^\s*</.test(text) ? 'is a web page' : 'is no JSON');
  const { format, modelTopology, weightsManifest } = json;
  if (format === 'graph-model') throw expected('is a graph model, which has no layers');
  if (!modelTopology || typeof modelTopology !== 'object') throw expected('has no "modelTopology"');
  if (!Array.isArray(weightsManifest)) throw expected('has no "weightsManifest"');
  const groups = weightsManifest as { readonly paths?: unknown; readonly weights?: unknown }[];
  const listed = groups.flatMap(({ weights }): unknown[] => (Array.isArray(weights) ? weights : [undefined]));
  const specs = listed.filter(isSpec);
  if (specs.length < listed.length) throw expected('lists weights without a name, a shape or a known type');
  const parts = groups
    .flatMap(({ paths }) => (Array.isArray(paths) ? (paths as unknown[]) : [undefined]))
    .map((name) => {
      if (typeof name !== 'string' || !name || path.isAbsolute(name) || name.split(/[\\/]/).includes('..'))
        throw expected(`names weights outside of its folder: ${JSON.stringify(name)}`);
      return readBytes(path.join(path.dirname(file), name), 'the weights of a layers model');
    });
  const data = Buffer.concat(parts);
  const needed = specs.reduce((sum, { shape, dtype, quantization }) => {
    const size = ownOf(SIZES, quantization?.dtype ?? dtype) ?? NaN;
    return sum + shape.reduce((a, b) => a * b, size);
  }, 0);
  if (data.length !== needed)
    throw expected(
      `needs ${needed} bytes of weights, and its files hold ${data.length}: they are damaged, or belong to another model`,
    );
  return {
    topology: modelTopology,
    specs,
    data: data.buffer.slice(data.byteOffset, data.byteOffset + data.length),
    bytes: statSync(file).size + data.length,
  };
}

function isSpec(value: unknown): value is WeightSpec {
  const { name, shape, dtype, quantization } = (value ?? {}) as Partial<WeightSpec>;
  const sides = Array.isArray(shape) && shape.every((side) => Number.isInteger(side) && side >= 0);
  return sides && typeof name === 'string' && Object.hasOwn(SIZES, quantization?.dtype ?? dtype ?? '');
}

function parse(text: string): Partial<Record<'format' | 'modelTopology' | 'weightsManifest', unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return json && typeof json === 'object' ? json : undefined;
  } catch {
    return undefined;
  }
}

function readBytes(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`${shortPath(file)}: expected ${what}; it cannot be read (${code}).`, { cause });
  }
}
