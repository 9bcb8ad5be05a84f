import { crossValidate } from '../../experiments/cross-validation/cross-validate.ts';
import { extractFeatures } from '../../features/extract.ts';
import { progressBar } from '../../host/progress.ts';
import { DEFAULTS } from '../../options/options.mjs';
import { shortPath } from '../../project.ts';
import { makeFolderOf, replaceFile } from '../../storage/files/replace-file.ts';
import { classReport } from '../../training/evaluation/class-report.ts';
import { mistakesOf } from '../../training/evaluation/mistakes.ts';
import type { Run } from '../line/command.mjs';
import type { flags } from '../crossvalidate.mjs';
import { leavingOutDamaged } from './open/leaving-out-damaged.ts';
import { extractOptions, networkOfFlags, openImages } from './open/open-features.ts';

export const run: Run<typeof flags> = leavingOutDamaged(async (values, { signal }) => {
  const { folds, repeats, groups, out, split = 'all', seed = DEFAULTS.seed, ...asked } = values;
  const group = groups === 'none' || groups === 'duplicates' ? undefined : groups;
  const opened = await openImages({ ...asked, split, seed }, signal, { groups: group });
  const { images, calibration } = opened;
  if (out) makeFolderOf(out);
  const backbone = await networkOfFlags({ ...asked, seed }, images);
  // as `graft train` makes them, so that either finds the other's
  const options = extractOptions({ ...asked, seed }, calibration, signal, 'auto');
  const features = await extractFeatures(backbone, images, options);
  const progress = progressBar('folds');
  const judged = await crossValidate(features, {
    ...{ folds, repeats, seed, signal, progress },
    ...(groups === 'none' && { groups }),
    ...(group !== undefined && { groups: opened.photos!.groupsOf(images) }),
  });
  const { origin } = features;
  features.close();
  const { accuracy, evaluation, remarks } = judged;
  const report = {
    accuracy: accuracy.value,
    interval: accuracy.interval,
    n: evaluation.accuracy.n,
    folds: judged.folds,
    remarks,
    groups: { by: groups ?? 'duplicates', n: new Set(judged.groups).size },
    classReport: classReport(evaluation),
    mistakes: mistakesOf(evaluation, images),
    data: { name: images.name, n: images.n, hash: images.id },
    backbone: origin && {
      network: origin.backbone.network,
      cut: origin.backbone.cut,
      precision: origin.backbone.precision,
    },
    seed,
  };
  if (out) replaceFile(out, `${JSON.stringify(report, null, 2)}\n`);
  const by = group === undefined ? [] : [`${report.groups.n.toLocaleString('en-US')} groups by ${group}`];
  const text = [String(judged), ...by, ...(out ? [`written down in ${shortPath(out)}`] : [])].join('\n');
  return { text, json: report };
});
