import path from 'node:path';
import type { PlanBase, StoredPlan } from '../../../shards/plan.ts';
import { UsageError } from '../../line/usage-error.mjs';
import { isDataName } from '../../../data/load.ts';
import { isUri } from '../../../storage/places/place.ts';
import { ownOf } from '../../../host/own.ts';

/**
 * Opens what a plan names. If something is not here, this is not a mistake in the flags, which do not name it: a shard
 * that fails in this way may be tried again.
 * @param given the shard's own flags
 * @throws Error naming what the plan was made with, and the flags that say where it lies on this machine
 */
export async function asPlanned<T>(
  { id, asked }: StoredPlan<PlanBase>,
  given: Readonly<Record<string, unknown>>,
  open: () => Promise<T>,
): Promise<T> {
  const flags = ['data', 'root', 'backbone'];
  try {
    return await open();
  } catch (error) {
    const mistake = error instanceof RangeError || error instanceof UsageError;
    if (!mistake || flags.some((flag) => ownOf(given, flag) !== undefined)) throw error;
    const named = flags.flatMap((flag) =>
      ownOf(asked, flag) === undefined ? [] : [`--${flag} ${String(ownOf(asked, flag))}`],
    );
    throw new Error(
      `plan ${id}: expected on this machine what it was made with (${named.join(' ')}); ${error.message} ` +
        '--data, --root and --backbone say where the same things lie on this machine.',
      { cause: error },
    );
  }
}

/** Picks the flags that say where pictures and weights lie on this machine, whatever a plan or a file says. */
export const lyingHere = <T extends { readonly data?: unknown; readonly root?: unknown; readonly backbone?: unknown }>({
  data,
  root,
  backbone,
}: T): Pick<T, 'data' | 'root' | 'backbone'> =>
  Object.fromEntries(Object.entries({ data, root, backbone }).filter(([, value]) => value !== undefined));

/** Flags, or entries of a sweep's file, that name files. */
interface Naming {
  readonly data?: string;
  readonly root?: string;
  readonly backbone?: string;
  readonly cache?: string;
}

/** Names files by their full paths, as a plan must: shards run in other folders, on other machines. */
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
