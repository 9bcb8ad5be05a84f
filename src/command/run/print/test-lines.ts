import type { TestFigures } from '../../../experiments/test-figures.ts';
import { proportionText } from '../../../training/evaluation/interval.ts';
import { unevenClasses } from '../../../training/evaluation/recall.ts';

/**
 * Writes the result of a test in lines: accuracy, and what belongs beside it if classes differ in size or are only two.
 */
export function testLines(test: TestFigures): string[] {
  const { accuracy, interval, n, balancedAccuracy, perClass, rocAuc, temperature } = test;
  const range = ([low, high]: readonly [number, number], text = percent): string =>
    `95 % interval ${text(low)} to ${text(high)}`;
  const lines = [`test accuracy ${proportionText({ value: accuracy, interval, n })}`];
  if (unevenClasses(perClass)) {
    const recalls = perClass.flatMap(({ className, n: of, recall }) =>
      recall === null ? [] : [`${className} ${percent(recall)} % of ${of}`],
    );
    lines.push(
      `balanced accuracy ${percent(balancedAccuracy.value)} % (${range(balancedAccuracy.interval)})`,
      `recall: ${recalls.slice(0, MOST).join(', ')}${recalls.length > MOST ? ' …' : ''}`,
    );
  }
  if (rocAuc) {
    const share = (value: number): string => value.toFixed(3);
    lines.push(`ROC AUC of ${perClass[1].className} ${share(rocAuc.value)} (${range(rocAuc.interval, share)})`);
  }
  if (test.calibrationErrorBefore !== undefined)
    lines.push(
      `temperature ${temperature.toFixed(2)}: expected calibration error ${percent(test.calibrationErrorBefore)} % before, ` +
        `${percent(test.calibrationError)} % after`,
    );
  return lines;
}

/** How many classes are listed one by one. */
const MOST = 20;

const percent = (share: number): string => (100 * share).toFixed(1);
