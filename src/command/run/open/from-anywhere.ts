import path from 'node:path';
import { isDataName } from '../../../data/load.ts';
import { isUri } from '../../../storage/places/place.ts';

/** What names files, of flags and of sweeps' files. */
interface Naming {
  readonly data?: string;
  readonly root?: string;
  readonly backbone?: string;
  readonly cache?: string;
}

/** Names files by their full paths, as a plan has to: shards are run in other folders, on other machines. */
export function fromAnywhere<T extends Naming>(values: T): T {
  const { data, root, backbone, cache } = values;
  const full = (name: string): string => (isUri(name) ? name : path.resolve(name));
  return {
    ...values,
    ...(data !== undefined && !isDataName(data) && { data: full(data) }),
    ...(root !== undefined && { root: full(root) }),
    ...(backbone?.endsWith('.onnx') && !backbone.startsWith('hf:') && { backbone: full(backbone) }),
    ...(cache !== undefined && { cache: full(cache) }),
  };
}
