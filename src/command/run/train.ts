import { saveClassifier } from '../../classifier/save.ts';
import { trainClassifier } from '../../experiments/train.ts';
import { isDataName } from '../../data/load.ts';
import { defaultNetwork } from '../../models/networks/published-weights.ts';
import { type BackboneName, defaultBackbone } from '../../backbones/load-backbone.ts';
import { duration, type Progress, progressBar } from '../../host/progress.ts';
import { shortPath } from '../../project.ts';
import { checkVacant } from '../../storage/places/send-folder.ts';
import type { Run } from '../command.mjs';
import { testLines } from './print/test-lines.ts';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { load } from './open/load.ts';
import { sayFast } from './print/say-fast.ts';
import { asOptions } from '../flags/option-flags.mjs';
import type { flags } from '../train.mjs';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { save, includeBackbone, runs = 'runs', ...options } = asOptions(values);
  if (save) await checkVacant(save, 'classifier.json');
  const photos = values.data === undefined || isDataName(values.data) ? undefined : await load(options, signal);
  if (values.fast) sayFast(values.backbone ?? (photos ? defaultBackbone(photos.train) : defaultNetwork()), values.cut);
  const { run, classifier } = await trainClassifier({
    ...options,
    backbone: options.backbone as BackboneName | undefined,
    data: photos ?? options.data,
    runs,
    progress: barOfEachStep(),
    signal,
  });
  if (save) await saveClassifier(classifier, save, { includeBackbone });
  const { test, data, backbone, engine, hardware } = run;
  const { dropout, seed } = run.options;
  const stages = Object.entries(run.seconds).map(([stage, s]) => `${stage} ${duration(s)}`);
  const text = [
    ...testLines(test),
    `${data.train.name}; ${backbone.network} to ${backbone.cut}; dropout ${String(dropout)}; seed ${String(seed)}`,
    `${stages.join(', ')}; ${engine}; ${hardware.cpu}, ${hardware.threads} threads`,
    `written down in ${shortPath(`${runs}/${run.id}/run.json`)}${save ? `; classifier in ${shortPath(save)}` : ''}`,
  ].join('\n');
  return { text, json: { accuracy: test.accuracy, ...run } };
});

/** Makes a bar for each step, also in a pipe, where nothing else is shown: what was found and what was computed. */
function barOfEachStep(): (progress: Progress) => void {
  const bars = new Map<string, (progress: Progress) => void>();
  return (progress) => {
    const { label } = progress;
    if (!bars.has(label)) bars.set(label, progressBar());
    bars.get(label)!(progress);
  };
}
