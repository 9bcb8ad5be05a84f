import { open, stat } from 'node:fs/promises';
import type { Dataset, File, Group } from 'h5wasm/node';
import { ownOf } from '../../host/own.ts';
import { shortPath } from '../../project.ts';
import { storedDataset } from './hdf5-dataset.ts';
import { isZip } from '../files/zip-list.ts';
import { unpackKerasWeights } from './keras-archive.ts';
import { readKeras3 } from './keras3-layers.ts';
import type { StoredWeight, Weights } from './weights-file.ts';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Opens a file of Keras weights in either HDF5 layout: that of keras.applications' files and Keras 2, whose layers and
 * weights are named by its own `layer_names` and `weight_names` attributes
 * (keras/src/legacy/saving/legacy_h5_format.py), or that of Keras 3's `.weights.h5`, where a layer's group `vars` has
 * its name (keras/src/saving/saving_lib.py). A `.keras` file holds one of those.
 * @throws Error saying what was expected: it is not HDF5, truncated, or not in Keras' layout
 */
export async function openKerasHdf5(file: string): Promise<Weights> {
  if (await startsAsArchive(file)) {
    const unpacked = await unpackKerasWeights(file);
    try {
      return await opened(unpacked.file, file, unpacked.remove);
    } catch (error) {
      unpacked.remove();
      throw error;
    }
  }
  return opened(file, file);
}

/**
 * @param at the path of the HDF5 file
 * @param file the file's name in errors
 */
async function opened(at: string, file: string, remove?: () => void): Promise<Weights> {
  await checkHdf5(at, file);
  const { default: h5wasm } = await import('h5wasm/node');
  await h5wasm.ready;
  const h5 = new h5wasm.File(at, 'r');
  const close = (): void => {
    h5.close();
    remove?.();
  };
  try {
    return { file, bytes: (await stat(file)).size, ...readLayout(h5, file), close };
  } catch (error) {
    h5.close();
    throw (error as Error).message.startsWith(shortPath(file)) ? error : damaged(file, error);
  }
}

/** Whether a file is a `.keras` file or another ZIP archive, whatever it is called. */
export async function startsAsArchive(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return false;
  const head = Buffer.alloc(4);
  await handle.read(head, 0, head.length, 0).finally(() => handle.close());
  return isZip(head);
}

/** Nothing should be deleted, as the file may be the user's only copy. Downloads were checked by checksum before. */
const AGAIN = 'Copy or save it again from where it came.';

async function checkHdf5(at: string, file: string): Promise<void> {
  const handle = await open(at).catch((cause: NodeJS.ErrnoException) => {
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
      throw new Error(`${shortPath(file)}: expected a Keras HDF5 weights file; it is ${what}. ${AGAIN}`);
    }
    // the superblock holds the file's size: at byte 40 in versions 0 and 1, at byte 28 in 2 and 3 (HDF5 format, II.A)
    const expected = Number(head.readBigUInt64LE(head[8] < 2 ? 40 : 28));
    const { size } = await handle.stat();
    if (size < expected)
      throw new Error(`${shortPath(file)}: expected ${expected} bytes; got ${size}. The file is truncated. ${AGAIN}`);
  } finally {
    await handle.close();
  }
}

const damaged = (file: string, cause: unknown): Error =>
  new Error(`${shortPath(file)}: expected a whole HDF5 file; it is damaged (${(cause as Error).message}). ${AGAIN}`, {
    cause,
  });

function readLayout(h5: File, file: string): Pick<Weights, 'layers' | 'inOrder' | 'byPlace' | 'modelConfig'> {
  // a whole model saved to HDF5 keeps its weights one group further down
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
    for (const name of weightNames) {
      const dataset = group.get(name) as Dataset | null;
      if (!dataset?.shape)
        throw new Error(`${shortPath(file)}: layer "${layer}" lists "${name}", which is missing. The file is damaged.`);
      const own = ownerOf(name, weightNames) ?? layer;
      layers.set(own, [...(layers.get(own) ?? []), storedDataset(dataset, file)]);
    }
  }
  const described = ownOf(h5.attrs, 'model_config')?.value;
  return { layers, inOrder: 'all', ...(typeof described === 'string' && { modelConfig: described }) };
}

/**
 * Gives the layer that a weight belongs to, if a listed layer is a model within the model: `block1_conv1` for
 * `block1_conv1/kernel:0`.
 * @returns undefined if all weights belong to one layer
 */
function ownerOf(name: string, all: readonly string[]): string | undefined {
  const above = (one: string): string => one.split('/').slice(0, -1).join('/');
  return new Set(all.map(above)).size > 1 ? above(name).split('/').at(-1) : undefined;
}

/** Reads a list of names from an attribute, which Keras splits into numbered parts if it is long. */
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
