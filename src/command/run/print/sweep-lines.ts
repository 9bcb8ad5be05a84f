import { meanAccuracy } from '../../../experiments/statistics/mean-accuracy.ts';
import { uniqueRuns } from '../../../experiments/run-facts.ts';
import { settingText } from '../../../experiments/setting.ts';
import type { FailedRun, SweepResult } from '../../../experiments/sweep.ts';
import { byValidation, validationOf } from '../../../experiments/validation.ts';
import { aligned } from '../../../text/aligned.ts';
import { optionsOf, valueOf } from '../../../plots/experiments/sweep-runs.ts';

/**
 * Writes a sweep as a table of text, best first: the options that differ; the validation accuracy, if there is one, by
 * which they are sorted; test accuracy with its 95 % interval; loss. Nothing in it depends on the machine.
 */
export function sweepLines({ runs: all, failed, basis }: SweepResult): string[] {
  const bad = failed.map(({ setting, error }) => `failed: ${settingText(setting)}: ${error}`);
  const runs = uniqueRuns(all);
  if (!runs.length) return [...bad, basis];
  const { differing, common } = optionsOf(runs);
  const judged = runs.map((run) => validationOf([run]));
  const order = byValidation(runs.map((run) => [run]));
  const byTest = [...runs.keys()].sort((a, b) => runs[b].accuracy - runs[a].accuracy);
  const rows = (order ?? byTest).map((i) => {
    const run = runs[i];
    const { interval, n } = meanAccuracy([run]);
    return [
      ...differing.map((name) => String(valueOf(run.setting, name))),
      ...(order ? [percent(judged[i]!.accuracy)] : []),
      percent(run.accuracy),
      `${percent(interval[0])} to ${percent(interval[1])}`,
      run.loss.toFixed(3),
      n.toLocaleString('en-US'),
    ];
  });
  const columns = [...differing, ...(order ? ['validation %'] : []), 'test %', '95 % interval', 'loss', 'n'];
  const lines = aligned([columns, ...rows]);
  const same = settingText(common);
  const sorted = order ? 'sorted by validation accuracy' : 'sorted by test accuracy, which flatters the first';
  return [...lines, ...bad, `${runs.length} runs, ${sorted}${same ? `; all with ${same}` : ''}; ${basis}`];
}

/** Gives a sweep as JSON, in the grid's order. */
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
    const validation = validationOf([run])?.accuracy;
    return {
      setting: run.setting,
      ...(validation !== undefined && { validation }),
      accuracy: run.accuracy,
      interval,
      n,
      loss: run.loss,
    };
  }),
  failed,
});

const percent = (share: number): string => (100 * share).toFixed(1);
