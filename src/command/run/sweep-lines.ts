import { meanAccuracy } from '../../experiments/compare.ts';
import { describe } from '../../experiments/setting.ts';
import type { FailedRun, SweepResult } from '../../experiments/sweep.ts';
import { optionsOf, valueOf } from '../../plots/sweep-runs.ts';

/**
 * A sweep as a table of text, best first: options that differ, accuracy with its 95 % interval, loss. Nothing in it
 * depends on the machine.
 */
export function sweepLines({ runs, failed, basis }: SweepResult): string[] {
  const bad = failed.map(({ setting, error }) => `failed: ${describe(setting)}: ${error}`);
  if (!runs.length) return [...bad, basis];
  const { differing, common } = optionsOf(runs);
  const sorted = [...runs].sort((a, b) => b.accuracy - a.accuracy);
  const rows = sorted.map((run) => {
    const { interval, n } = meanAccuracy([run]);
    return [
      ...differing.map((name) => String(valueOf(run.setting, name))),
      percent(run.accuracy),
      `${percent(interval[0])} to ${percent(interval[1])}`,
      run.loss.toFixed(3),
      n.toLocaleString('en-US'),
    ];
  });
  const table = [[...differing, 'accuracy %', '95 % interval', 'loss', 'n'], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) => row.map((text, column) => text.padStart(widths[column])).join('  '));
  const same = describe(common);
  return [...lines, ...bad, `${runs.length} runs${same ? `, all with ${same}` : ''}; ${basis}`];
}

/** A sweep as JSON, in the grid's order. */
export const sweepJson = ({
  runs,
  failed,
  basis,
}: SweepResult): {
  readonly basis: string;
  readonly runs: readonly object[];
  readonly failed: readonly FailedRun[];
} => ({
  basis,
  runs: runs.map((run) => {
    const { interval, n } = meanAccuracy([run]);
    return { setting: run.setting, accuracy: run.accuracy, interval, n, loss: run.loss };
  }),
  failed,
});

const percent = (share: number): string => (100 * share).toFixed(1);
