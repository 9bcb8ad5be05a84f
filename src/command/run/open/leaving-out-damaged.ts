import { DamagedPictures } from '../../../data/pictures/damaged.ts';
import type { Run } from '../../line/command.mjs';
import type { Flag } from '../../flags/flag.mjs';

/**
 * Runs a command again if pictures turned out to be damaged when they were decoded: they are noted, and left out the
 * next time. What was computed for the others is found on disk.
 */
export const leavingOutDamaged =
  <F extends Record<string, Flag<unknown>>>(run: Run<F>): Run<F> =>
  async (values, context) => {
    const named = new Set<string>();
    for (;;)
      try {
        return await run(values, context);
      } catch (error) {
        // if nothing can be noted, the same ones come again
        if (!(error instanceof DamagedPictures) || error.files.some((file) => named.has(file))) throw error;
        for (const file of error.files) named.add(file);
        process.stderr.write(
          `${error.files.join(', ')}: cannot be decoded (${error.why}); opened again without them\n`,
        );
      }
  };
