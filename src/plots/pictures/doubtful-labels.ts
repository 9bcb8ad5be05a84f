import type { LabelIssue } from '../../analysis/label-errors.ts';
import type { Dataset } from '../../data/dataset.ts';
import { checkOptions } from '../../host/option-ranges.ts';
import { joinCaption } from '../frame/captions.ts';
import { count, type DrawOptions } from '../frame/card.ts';
import { NAMED, pictureGrid, tilesOf } from './pictures.ts';

export interface DoubtfulLabelsOptions extends DrawOptions {
  /** The most pictures. @default 16 */
  readonly most?: number;
  /** Where the probabilities come from, like `features.name`. */
  readonly basis?: string;
}

/**
 * Shows images whose labels are doubtful, the most doubtful first: the label each has, and what it looks like; for
 * photos the file as well.
 * @param dataset the images that were judged
 * @param issues issues as `likelyLabelErrors` gives them
 * @returns HTML
 * @throws RangeError if the issues are of other images
 * @example
 * const issues = likelyLabelErrors(train, await outOfFold(train));
 * show(doubtfulLabels(images.train, issues));
 */
export async function doubtfulLabels(
  dataset: Dataset,
  issues: readonly LabelIssue[],
  { most = 16, basis, caption }: DoubtfulLabelsOptions = {},
): Promise<string> {
  checkOptions('doubtfulLabels', { most });
  const { classNames, n, name } = dataset;
  const odd = issues.find(({ index, label }) => dataset.labels[index] !== label);
  if (odd)
    throw new RangeError(
      `doubtfulLabels: expected the images that were judged; ${name} has the label ${dataset.labels[odd.index]} at ${odd.index}, and the issue ${odd.label}.`,
    );
  const shown = issues.slice(0, most);
  const lines = ({ label, suggestion }: LabelIssue): string[] => [
    `like ${classNames[suggestion]}`,
    `called ${classNames[label]}`,
  ];
  const indices = shown.map(({ index }) => index);
  const tiles = await tilesOf(dataset, indices, (i) => ({ lines: lines(shown[i]) }));
  const file = ({ index }: LabelIssue): string => (dataset.fileAt ? ` (${dataset.fileAt(index)})` : '');
  const first = shown.slice(0, 3).map((issue) => lines(issue).join(', ') + file(issue));
  const found = `doubtful by confident learning: ${count(issues.length)} of ${count(n)} images`;
  return pictureGrid(tiles, {
    ...(dataset.fileAt ? NAMED : { side: 88, columns: 8 }),
    title: 'Doubtful labels',
    alt: shown.length ? `Pictures with doubtful labels: ${first.join('; ')}.` : 'No picture: no label is doubtful.',
    caption: caption ?? joinCaption(basis ?? name, found, `shown: ${shown.length}, the most doubtful first`),
  });
}
