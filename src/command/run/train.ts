import { saveClassifier } from '../../classifier/save.ts';
import { trainClassifier } from '../../experiments/train.ts';
import { isDataName } from '../../data/load.ts';
import { defaultNetwork } from '../../models/networks/published-weights.ts';
import { type BackboneName, defaultBackbone } from '../../backbones/load-backbone.ts';
import { isRefusal } from '../../host/refusal.mjs';
import { duration, type Progress, progressBar } from '../../host/progress.ts';
import { shortPath } from '../../project.ts';
import { checkVacant } from '../../storage/places/send-folder.ts';
import type { Run } from '../line/command.mjs';
import { testLines } from './print/test-lines.ts';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { load } from './open/load.ts';
import { lineWithFlags, shellQuoted } from './print/train-line.ts';
import { sayFast } from './print/say-fast.ts';
import { DEFAULTS, flagName, OPTION_NAMES } from '../../options/options.mjs';
import { flags as crossvalidate } from '../crossvalidate.mjs';
import { asOptions } from '../flags/option-flags.mjs';
import type { flags } from '../train.mjs';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { save, includeBackbone, runs = 'runs', ...options } = asOptions(values);
  if (save) await checkVacant(save, 'classifier.json');
  const photos = values.data === undefined || isDataName(values.data) ? undefined : await load(options, signal);
  const auto = values.backbone === 'auto';
  if (values.fast && !auto)
    sayFast(values.backbone ?? (photos ? defaultBackbone(photos.train) : defaultNetwork()), values.cut);
  const { run, classifier, compared } = await trainClassifier({
    ...options,
    backbone: options.backbone as BackboneName | 'auto' | undefined,
    data: photos ?? options.data,
    runs,
    progress: barOfEachStep(),
    signal,
  });
  // what was trained is told even if it cannot be saved: the features are kept, so that another try is quick
  const failure = save === undefined ? undefined : await saved(saveClassifier(classifier, save, { includeBackbone }));
  const { test, data, backbone, engine, hardware } = run;
  const { dropout } = run.options;
  const { seed = DEFAULTS.seed } = values; // a regression has none, the choice of images has
  const { head } = run;
  const how = head?.head === 'regression' ? '' : `dropout ${String(dropout)}; `;
  const stages = Object.entries(run.seconds).map(([stage, s]) => `${stage} ${duration(s)}`);
  const text = [
    ...(compared ? [String(compared)] : []),
    ...testLines(test),
    `${data.train.name}; ${backbone.network} to ${backbone.cut}; ${how}seed ${seed}`,
    ...(head && photos ? [`head: ${head.head}; ${head.why}`] : []),
    `${stages.join(', ')}; ${engine}; ${hardware.cpu}, ${hardware.threads} threads`,
    `written down in ${shortPath(`${runs}/${run.id}/run.json`)}${save && !failure ? `; classifier in ${shortPath(save)}` : ''}`,
    ...(test.n < FEW && photos
      ? [fewText(test.n, { ...asOptions(values), ...(compared && { backbone: compared.backbone }) })]
      : []),
    ...(save && !failure ? [`next: graft predict --classifier ${shellQuoted(shortPath(save))} PICTURE`] : []),
  ].join('\n');
  return {
    text,
    json: { accuracy: test.accuracy, ...run },
    ...(failure && { failed: failure.message, refused: isRefusal(failure) }),
  };
});

/** Below this many test images the interval of an accuracy is wide: ±4 points at 85 % and 300. */
const FEW = 500;

const fewText = (n: number, options: Readonly<Record<string, unknown>>): string =>
  `only ${n} test images: \`${lineWithFlags('graft crossvalidate', options, OF_FEATURES)}\` tests on all images, ` +
  'each by a classifier that was not trained on it';

/** The options that cross-validation takes as well. */
const OF_FEATURES = OPTION_NAMES.filter((name) => Object.hasOwn(crossvalidate, flagName(name)));

const saved = (saving: Promise<unknown>): Promise<Error | undefined> =>
  saving.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

/** Makes a bar for each step, also in a pipe, where nothing else is shown: what was found and what was computed. */
function barOfEachStep(): (progress: Progress) => void {
  const bars = new Map<string, (progress: Progress) => void>();
  return (progress) => {
    const { label } = progress;
    if (!bars.has(label)) bars.set(label, progressBar());
    bars.get(label)!(progress);
  };
}
