import type { Dataset } from '../../../data/dataset.ts';
import type { TestFigures } from '../../../experiments/test-figures.ts';
import { escapeHtml } from '../../../text/html.ts';
import { confusionMatrix } from '../../../plots/confusion-matrix.ts';
import { confidentMistakes } from '../../../plots/pictures/mistakes.ts';
import { facts, page, section } from '../../../plots/frame/page.ts';
import { perClassAccuracy } from '../../../plots/per-class.ts';
import { reliabilityDiagram } from '../../../plots/reliability.ts';
import type { Evaluation } from '../../../training/evaluation/evaluation.ts';

/** What the page says beside the plots. */
export interface EvaluationReport extends TestFigures {
  readonly data: { readonly name: string; readonly n: number; readonly hash: string };
  readonly classifier: { readonly folder: string; readonly id: string; readonly network: string; readonly cut: string };
  readonly precision?: string;
  readonly engine?: string;
  readonly hardware: string;
  readonly finished: string;
}

/**
 * The report of a test as a page that needs nothing from elsewhere.
 * @param images that were evaluated
 * @param options.lines the result in words
 * @returns HTML
 */
export async function evaluationPage(
  images: Dataset,
  evaluation: Evaluation,
  { lines, report }: { readonly lines: readonly string[]; readonly report: EvaluationReport },
): Promise<string> {
  const { data, classifier, precision = '', engine = '', hardware, finished, perClass, temperature } = report;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const classes = perClass.map(({ className, n, recall, interval }) => [
    className,
    n.toLocaleString('en-US'),
    recall === null ? '–' : percent(recall),
    interval ? `${percent(interval[0])} to ${percent(interval[1])}` : '–',
  ]);
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
      section('Classes', ['', 'images', 'recall (%)', '95 % interval'], classes),
      facts('What this rests on', basis),
    ].join('\n'),
  });
}
