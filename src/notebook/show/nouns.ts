import type { Dataset } from '../../data/dataset.ts';
import type { Features } from '../../features/features.ts';
import { escapeHtml } from '../../text/html.ts';
import type { Backbone } from '../../models/backbone.ts';
import { backbonesTable } from '../../plots/experiments/backbones-table.ts';
import { confusionMatrix } from '../../plots/confusion-matrix.ts';
import { learningCurve } from '../../plots/experiments/learning-curve.ts';
import { learningRatePlot } from '../../plots/experiments/learning-rate.ts';
import { runsTable } from '../../plots/experiments/runs-table.ts';
import { sampleGrid } from '../../plots/pictures/sample-grid.ts';
import type { Bundle } from './bundle.ts';
import { exportCard } from './export-card.ts';
import { findingsTable } from './findings-table.ts';
import { isNoun, type Noun, nounText } from './noun-text.ts';
import { layOut } from './table.ts';

/**
 * Shows one of Graft's things: a data set as a strip of its pictures with the number of each class, a history as its
 * curve, an evaluation as its confusion matrix, an export with the lines that load it, features, backbones and classifiers as small tables.
 * @returns undefined for anything else
 */
export function nounBundle(value: unknown): Promise<Bundle> | undefined {
  return isNoun(value) ? bundle(value) : undefined;
}

async function bundle(noun: Noun): Promise<Bundle> {
  const text = nounText(noun);
  const lines = `<div>${escapeHtml(text)}</div>`;
  switch (noun.kind) {
    case 'dataset':
      return { 'text/html': (await sampleGrid(noun, { rows: 2 })) + classCounts(noun), 'text/plain': text };
    case 'photos':
      return {
        'text/html':
          (await sampleGrid(noun.train, { rows: 2 })) + classCounts(noun.train) + (await findingsTable(noun.findings)),
        'text/plain': text,
      };
    case 'findings':
      return { 'text/html': await findingsTable(noun), 'text/plain': text };
    case 'history':
      return { 'text/html': learningCurve(noun), 'text/plain': text };
    case 'evaluation':
      return { 'text/html': confusionMatrix(noun), 'text/plain': text };
    case 'learning rates':
      return { 'text/html': learningRatePlot(noun), 'text/plain': text };
    case 'backbones':
      return { 'text/html': backbonesTable(noun), 'text/plain': text };
    case 'sweep':
      return { 'text/html': runsTable(noun), 'text/plain': text };
    case 'page':
      return {
        'text/html': text
          .split('\n')
          .map((line) => `<div>${escapeHtml(line)}</div>`)
          .join(''),
        'text/plain': text,
      };
    case 'export':
      return { 'text/html': exportCard(noun), 'text/plain': text };
    case 'features':
      return { 'text/html': lines + layOut(featureRows(noun)).html + classCounts(noun), 'text/plain': text };
    case 'backbone':
      return { 'text/html': lines + layOut(backboneRows(noun)).html, 'text/plain': text };
    case 'classifier':
      return {
        'text/html':
          lines + layOut([...backboneRows(noun.backbone), { '': 'classes', value: noun.classNames.join(', ') }]).html,
        'text/plain': text,
      };
  }
}

/** The most classes that are counted one by one. */
const MOST = 30;

/** Says how many there are of each class. */
function classCounts({ labels, classNames }: Pick<Dataset, 'labels' | 'classNames'>): string {
  const counts = new Array<number>(classNames.length).fill(0);
  for (const label of labels) counts[label]++;
  const text = (count: number): string => count.toLocaleString('en-US');
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)].map(text);
  const each = counts.slice(0, MOST).map((count, k) => `${classNames[k]} ${text(count)}`);
  const listed = each.join(' · ') + (counts.length > MOST ? ` … ${fewest} to ${most} images a class` : '');
  return `<div>${escapeHtml(fewest === most ? `${most} images of each class` : listed)}</div>`;
}

const row = (name: string, value: unknown): object => ({ '': name, value });

const backboneRows = ({ network, cut, input, outputShape, int8, file, weights, id }: Backbone): object[] => [
  row('network', `${network} to ${cut}`),
  row(
    'input',
    `${input.size}×${input.size}, ${input.interpolation}, ${typeof input.preprocess === 'string' ? input.preprocess : 'own normalization'}`,
  ),
  row('features of a picture', `[${outputShape.join(', ')}]`),
  row('precision', int8 ? `int8, agrees with float32 to ${int8.agreement.toFixed(4)}` : (file?.precision ?? 'float32')),
  row('weights', weights ? weights.file.split('/').at(-1) : 'random'),
  row('id', id.slice(0, 12)),
];

const featureRows = ({ shape, views, origin, id }: Features): object[] => [
  row('shape', `[${shape.join(', ')}]`),
  ...(views > 1 ? [row('views of each', views)] : []),
  ...(origin
    ? [
        row('computed by', origin.engine),
        row('kept as', origin.dtype),
        row('found on disk', `${origin.cached} of ${origin.data.n}`),
      ]
    : []),
  row('id', id.slice(0, 12)),
];
