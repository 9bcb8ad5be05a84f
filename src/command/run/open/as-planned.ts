import { ownOf } from '../../../host/own.ts';
import type { StoredPlan, PlanBase } from '../../../shards/plan.ts';
import { UsageError } from '../../usage-error.mjs';

/**
 * Opens what a plan names. What is not here is no mistake in the flags, which do not name it: a shard that fails so may
 * be tried again.
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
