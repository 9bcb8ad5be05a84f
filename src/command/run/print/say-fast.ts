import { fastSize } from '../../../models/networks/fast-size.ts';

/** Says, before anything is computed, what `--fast` costs. */
export function sayFast(backbone: string, cut: string | undefined): void {
  process.stderr.write(`--fast: ${fastSize(backbone, cut).expected}\n`);
}
