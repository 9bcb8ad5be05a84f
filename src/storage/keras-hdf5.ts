import { open, stat } from 'node:fs/promises';
import type { Dataset, File, Group } from 'h5wasm/node';
import { ownOf } from '../host/own.ts';
import { shortPath } from '../project.ts';
import type { StoredWeight, Weights } from './weights-file.ts';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Values read at once: bounds the WebAssembly heap, which never shrinks. */
const BLOCK = 4 << 20;

/**
 * Opens a file of Keras weights in either HDF5 layout: that of keras.applications' files and Keras 2, whose layers and
 * weights are named by its own `layer_names` and `weight_names` attributes
 * (keras/src/legacy/saving/legacy_h5_format.py), or that of Keras 3's `.weights.h5`, where a layer's group `vars` has its
 * name (keras/src/saving/saving_lib.py).
 * @throws Error saying what was expected: no HDF5, truncated, or not in Keras' layout
 */
export async function openKerasHdf5(file: string): Promise<Weights> {
  await checkHdf5(file);
  const { default: h5wasm } = await import('h5wasm/node');
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'r');
  try {
    return { file, bytes: (await stat(file)).size, layers: readLayout(h5, file), close: () => void h5.close() };
  } catch (error) {
    h5.close();
    throw (error as Error).message.startsWith(shortPath(file)) ? error : damaged(file, error);
  }
}

async function checkHdf5(file: string): Promise<void> {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${shortPath(file)}: expected a Keras HDF5 weights file; it cannot be read (${cause.code}).`, {
      cause,
    });
  });
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (!head.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
      const text = head.toString('utf8', 0, bytesRead).trim();
      const what = /^<(!doctype|html|\?xml)/i.test(text)
        ? 'a web page, saved under this name by mistake (an error page or a login?)'
        : bytesRead === 0
          ? 'an empty file'
          : `something else, starting with ${JSON.stringify(text.slice(0, 20))}`;
      throw new Error(
        `${shortPath(file)}: expected a Keras HDF5 weights file; it is ${what}. Delete it and run \`npm run download\`.`,
      );
    }
    // the superblock holds the file's size: at byte 40 in versions 0 and 1, at byte 28 in 2 and 3 (HDF5 format, II.A)
    const expected = Number(head.readBigUInt64LE(head[8] < 2 ? 40 : 28));
    const { size } = await handle.stat();
    if (size < expected)
      throw new Error(
        `${shortPath(file)}: expected ${expected} bytes; got ${size}. The file is truncated: delete it and run \`npm run download\`.`,
      );
  } finally {
    await handle.close();
  }
}

const damaged = (file: string, cause: unknown): Error =>
  new Error(
    `${shortPath(file)}: expected a whole HDF5 file; it is damaged (${(cause as Error).message}). Delete it and run \`npm run download\`.`,
    { cause },
  );

function readLayout(h5: File, file: string): Weights['layers'] {
  // a whole model saved to HDF5 keeps its weights one group below
  const root = ('layer_names' in h5.attrs || 'layer_names0' in h5.attrs ? h5 : h5.get('model_weights')) as Group | null;
  const layerNames = root && names(root, 'layer_names', file);
  if (!layerNames && h5.keys().includes('layers')) return readKeras3(h5.get('layers') as Group, file);
  if (!root || !layerNames) {
    throw new Error(
      `${shortPath(file)}: expected Keras weights with a "layer_names" attribute or a group "layers", as ` +
        `keras.applications and \`save_weights\` write them; this HDF5 file holds ${h5.keys().slice(0, 5).join(', ') || 'nothing'}.`,
    );
  }
  const layers = new Map<string, StoredWeight[]>();
  for (const layer of layerNames) {
    const group = root.get(layer) as Group | null;
    const weightNames = group && names(group, 'weight_names', file);
    if (!group || !weightNames)
      throw new Error(
        `${shortPath(file)}: layer "${layer}" is listed, but its weights are missing. The file is damaged.`,
      );
    const datasets = weightNames.map((name) => {
      const dataset = group.get(name) as Dataset | null;
      if (!dataset?.shape)
        throw new Error(`${shortPath(file)}: layer "${layer}" lists "${name}", which is missing. The file is damaged.`);
      return stored(dataset, file);
    });
    if (datasets.length) layers.set(layer, datasets);
  }
  return layers;
}

/** Layers of a `.weights.h5` file: groups called after classes, `conv2d_7`, with the layer's name on their `vars`. */
function readKeras3(group: Group, file: string): Weights['layers'] {
  const layers = new Map<string, StoredWeight[]>();
  for (const key of group.keys()) {
    const layer = group.get(key) as Group;
    const vars = layer.get('vars') as Group | null;
    if (!vars?.keys().length) continue;
    const name = vars.attrs.name?.value;
    if (typeof name !== 'string')
      throw new Error(
        `${shortPath(file)}: expected the layer's name on "layers/${key}/vars"; it is missing, as in files of the first ` +
          'versions of Keras 3. Load the weights in a current Keras and save them again.',
      );
    const datasets = vars
      .keys()
      .sort((a, b) => Number(a) - Number(b))
      .map((number) => vars.get(number) as Dataset);
    if (!datasets.every((dataset) => dataset?.shape))
      throw new Error(`${shortPath(file)}: layer "${name}" has values that cannot be read. The file is damaged.`);
    layers.set(
      name,
      datasets.map((dataset) => stored(dataset, file)),
    );
  }
  return layers;
}

const stored = (dataset: Dataset, file: string): StoredWeight => ({
  shape: dataset.shape!,
  dtype: String(dataset.dtype),
  isFloat: /^[<>]?[efd]$/.test(String(dataset.dtype)),
  read: () => readDataset(dataset, file),
});

/** A list of names in an attribute, which Keras splits into numbered parts when it is long. */
function names(group: Group, attribute: string, file: string): string[] | undefined {
  const attributes = group.attrs;
  const parts = Object.hasOwn(attributes, attribute) ? [attribute] : [];
  for (let i = 0; Object.hasOwn(attributes, `${attribute}${i}`); i++) parts.push(`${attribute}${i}`);
  if (!parts.length) return undefined;
  return parts.flatMap((part) => {
    const { value, shape } = ownOf(attributes, part)!;
    if (shape?.includes(0)) return [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (!list.every((name): name is string => typeof name === 'string'))
      throw new Error(`${shortPath(file)}: expected text in "${attribute}". The file is damaged.`);
    return list;
  });
}

/** Reads a dataset of any rank in blocks of rows. */
function readDataset(dataset: Dataset, file: string): Float32Array {
  const shape = dataset.shape!;
  const row = shape.slice(1).reduce((a, b) => a * b, 1);
  const values = new Float32Array(shape[0] * row);
  const step = Math.max(1, Math.floor(BLOCK / row));
  for (let from = 0; from < shape[0]; from += step) {
    const to = Math.min(shape[0], from + step);
    const block = dataset.slice([
      [from, to],
      ...shape.slice(1).map((n) => [0, n] as [number, number]),
    ]) as Float32Array | null;
    if (block?.length !== (to - from) * row)
      throw new Error(`${shortPath(file)}: ${dataset.path} cannot be read. The file is damaged.`);
    values.set(block, from * row);
  }
  return values;
}
