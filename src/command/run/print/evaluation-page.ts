import type { Dataset } from '../../../data/dataset.ts';
import type { TestFigures } from '../../../experiments/test-figures.ts';
import { escapeHtml } from '../../../text/html.ts';
import { confusionMatrix } from '../../../plots/confusion-matrix.ts';
import { confidentMistakes } from '../../../plots/pictures/mistakes.ts';
import { facts, page, section } from '../../../plots/frame/page.ts';
import { perClassAccuracy } from '../../../plots/per-class.ts';
import { reliabilityDiagram } from '../../../plots/reliability.ts';
import type { ClassReport } from '../../../training/evaluation/class-report.ts';
import type { Evaluation } from '../../../training/evaluation/evaluation.ts';
import type { ThresholdRow } from '../../../training/evaluation/thresholds.ts';
import type { MistakeWithNearest } from '../open/nearest-training.ts';
import { mistakesTable } from './mistakes-table.ts';

/** What the page says beside the plots. */
export interface EvaluationReport extends TestFigures {
  readonly classReport: ClassReport;
  readonly thresholds: readonly ThresholdRow[];
  readonly mistakes: readonly MistakeWithNearest[];
  readonly data: { readonly name: string; readonly n: number; readonly hash: string };
  readonly classifier: { readonly folder: string; readonly id: string; readonly network: string; readonly cut: string };
  readonly precision?: string;
  readonly engine?: string;
  readonly hardware: string;
  readonly finished: string;
}

/**
 * Writes the report of a test as a page that needs nothing from elsewhere.
 * @param images the images that were evaluated
 * @param options.lines the result in words
 * @param options.trained the training pictures, if those most like a mistake are known
 * @returns HTML
 */
export async function evaluationPage(
  images: Dataset,
  evaluation: Evaluation,
  {
    lines,
    report,
    trained,
  }: { readonly lines: readonly string[]; readonly report: EvaluationReport; readonly trained?: Dataset },
): Promise<string> {
  const { data, classifier, precision = '', engine = '', hardware, finished, temperature } = report;
  const basis = [
    ['classifier', `${classifier.folder} (${classifier.id.slice(0, 12)})`],
    ['backbone', `${classifier.network} to ${classifier.cut}, ${precision}`],
    ['temperature', temperature.toFixed(3)],
    ['images', `${data.name} (${data.hash.slice(0, 12)})`],
    ['computed by', `${engine}; ${hardware}`],
    ['finished', finished],
  ] as const;
  const plots = [
    confusionMatrix(evaluation),
    perClassAccuracy(evaluation),
    reliabilityDiagram(evaluation),
    await confidentMistakes(images, evaluation),
  ];
  return page({
    title: `Graft: ${data.name}`,
    body: [
      `<h1>Test on ${escapeHtml(data.name)}</h1>`,
      ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
      ...plots.map((plot) => `<div style="margin:1rem 0">${plot}</div>`),
      section('Classes', CLASS_HEAD, classRows(report.classReport)),
      '<p>In brackets: 95 % intervals; average precision and the means have none. Precision: the share of the ' +
        'pictures taken for the class that belong to it. AUC: the class against the rest.</p>',
      section('Among the most probable classes', ['', 'label among them (%)'], topRows(report.classReport)),
      section('Answering only when sure', THRESHOLD_HEAD, thresholdRows(report.thresholds)),
      await mistakesTable(images, report.mistakes, trained),
      facts('What this rests on', basis),
    ].join('\n'),
  });
}

const percent = (share: number): string => (100 * share).toFixed(1);
const NONE = '–';

/** Writes a share with its interval, both in per cent; the line may break only between the two. */
const shareText = (
  share: { readonly value: number; readonly interval: readonly [number, number] } | undefined,
): string => (share ? `${percent(share.value)} (${share.interval.map(percent).join('\u00A0to\u00A0')})` : NONE);

const CLASS_HEAD = ['', 'images', 'precision (%)', 'recall (%)', 'F1 (%)', 'AUC (%)', 'average precision (%)'];

function classRows({ classes, macro, weighted }: ClassReport): string[][] {
  const optional = (share: number | undefined): string => (share === undefined ? NONE : percent(share));
  const count = (n: number): string => n.toLocaleString('en-US');
  const all = count(classes.reduce((sum, { support }) => sum + support, 0));
  return [
    ...classes.map((one) => [
      one.className,
      count(one.support),
      ...[one.precision, one.recall, one.f1, one.rocAuc].map(shareText),
      optional(one.averagePrecision),
    ]),
    [
      'mean, each class the same',
      all,
      ...[macro.precision, macro.recall, macro.f1, macro.rocAuc, macro.averagePrecision].map(optional),
    ],
    ['mean, by images', all, ...[weighted.precision, weighted.recall, weighted.f1].map(optional), NONE, NONE],
  ];
}

const topRows = ({ topK }: ClassReport): string[][] => topK.map((top) => [`the first ${top.k}`, shareText(top)]);

const THRESHOLD_HEAD = ['probability of at least (%)', 'answered (%)', 'right among those (%)'];

const thresholdRows = (rows: readonly ThresholdRow[]): string[][] =>
  rows.map(({ threshold, answered, accuracy }) => [
    String(Number((100 * threshold).toFixed(4))),
    shareText(answered),
    shareText(accuracy),
  ]);
