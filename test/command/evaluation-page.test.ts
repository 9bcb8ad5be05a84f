import { expect, it } from 'vitest';
import { evaluationPage } from '../../src/command/run/print/evaluation-page.ts';
import { testLines } from '../../src/command/run/print/test-lines.ts';
import { testFigures } from '../../src/experiments/test-figures.ts';
import { parsed } from '../plots/parsed.ts';
import { classReport } from '../../src/training/evaluation/class-report.ts';
import { mistakesOf } from '../../src/training/evaluation/mistakes.ts';
import { thresholdTable } from '../../src/training/evaluation/thresholds.ts';
import { evaluationOf, fewImages } from '../plots/fixed-rows.ts';

const EVIL = '<script>alert(1)</script>&"\'';

it('the page of a test holds figures, plots and what they rest on, and needs nothing from elsewhere', async () => {
  const names = [EVIL, 'square', 'triangle'];
  const images = fewImages(names, EVIL);
  const sure = Float32Array.from(images.labels, () => 0.8);
  const probabilities = Float32Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? sure[Math.floor(i / 3)] : 0.1));
  const evaluation = evaluationOf(images.labels, probabilities, names, EVIL);
  const figures = testFigures(evaluation);
  const report = {
    ...figures,
    data: { name: EVIL, n: 6, hash: 'a'.repeat(64) },
    classifier: { folder: EVIL, id: 'b'.repeat(64), network: EVIL, cut: 'fc2' },
    precision: 'int8',
    engine: 'onnx',
    classReport: classReport(evaluation),
    thresholds: thresholdTable(evaluation),
    mistakes: mistakesOf(evaluation, { fileAt: (i) => `${EVIL}/${i}.png` }),
    hardware: EVIL,
    finished: '2026-01-01T00:00:00.000Z',
  };
  const { page } = parsed(await evaluationPage(images, evaluation, { lines: testLines(figures), report }));
  const alts = [...page.querySelectorAll<HTMLImageElement>('img[src^="data:image/svg+xml"]')].map(({ alt }) => alt);
  expect(new Set(alts).size).toBe(3); // confusion, recall, reliability, each for wide and for narrow screens
  expect(page.querySelectorAll('[role="group"]')).toHaveLength(1); // mistakes
  const [classes, top, thresholds, mistakes] = [...page.querySelectorAll('table')].map((table) =>
    [...table.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('td')].map((td) => td.textContent.replaceAll('\u00A0', ' ')),
    ),
  );
  expect(classes.map(([name]) => name)).toEqual([
    EVIL,
    'square',
    'triangle',
    'mean, each class the same',
    'mean, by images',
  ]);
  // all are taken for the first class, of which two are
  expect(classes[0].slice(1, 5)).toEqual(['2', '33.3 (9.7 to 70.0)', '100.0 (34.2 to 100.0)', '50.0 (17.6 to 82.4)']);
  expect(classes[1].slice(1, 5)).toEqual(['2', '–', '0.0 (0.0 to 65.8)', '0.0 (0.0 to 79.3)']);
  expect(top.map(([text]) => text)).toEqual(['the first 2']);
  expect(thresholds.map((row) => row.slice(0, 2))).toContainEqual(['90', '0.0 (0.0 to 39.0)']);
  expect(mistakes.map((row) => row.slice(1, 4))).toEqual(
    [1, 2, 4, 5].map((i) => [`${EVIL}/${i}.png`, names[i % 3], EVIL]),
  );
  expect(page.querySelectorAll('img[loading="lazy"]')).toHaveLength(4);
  expect(page.querySelectorAll('script, link, [src]:not([src^="data:"])')).toHaveLength(0);
  expect(page.querySelector('meta[http-equiv]')!.getAttribute('content')).toContain("default-src 'none'");
  // of the root: of the body alone it would leave the page white in the dark
  expect(page.querySelector('style')!.textContent).toContain(':root{color-scheme:light dark}');
  expect(page.querySelector('h1')!.textContent).toBe(`Test on ${EVIL}`);
  expect(page.querySelector('p')!.textContent).toMatch(/^test accuracy 33\.3 % \(95 % interval .*, n = 6\)$/);
  const cells = [...page.querySelectorAll('table:last-of-type td')].map((td) => td.textContent);
  expect(cells).toContain(`${EVIL} to fc2, int8`);
});
