import { fastSize } from '../../models/fast-size.ts';

/** Says, before anything is computed, what `--fast` costs. */
export function sayFast(fast: true | undefined, backbone: string, cut: string | undefined): void {
  if (fast) process.stderr.write(`--fast: ${fastSize(backbone, cut).expected}\n`);
}
