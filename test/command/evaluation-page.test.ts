import { expect, it } from 'vitest';
import { evaluationPage } from '../../src/command/run/print/evaluation-page.ts';
import { testLines } from '../../src/command/run/print/test-lines.ts';
import { testFigures } from '../../src/experiments/test-figures.ts';
import { parsed } from '../plots/parsed.ts';
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
    hardware: EVIL,
    finished: '2026-01-01T00:00:00.000Z',
  };
  const { page, pictures } = parsed(await evaluationPage(images, evaluation, { lines: testLines(figures), report }));
  expect(pictures).toHaveLength(4); // confusion, recall, reliability, mistakes
  expect(page.querySelectorAll('script, link, [src]:not([src^="data:"])')).toHaveLength(0);
  expect(page.querySelector('meta[http-equiv]')!.getAttribute('content')).toContain("default-src 'none'");
  // of the root: of the body alone it would leave the page white in the dark
  expect(page.querySelector('style')!.textContent).toContain(':root{color-scheme:light dark}');
  expect(page.querySelector('h1')!.textContent).toBe(`Test on ${EVIL}`);
  expect(page.querySelector('p')!.textContent).toMatch(/^test accuracy 33\.3 % \(95 % interval .*, n = 6\)$/);
  const cells = [...page.querySelectorAll('table')].map((table) =>
    [...table.querySelectorAll('td')].map((td) => td.textContent),
  );
  expect(cells[0].slice(0, 4)).toEqual([EVIL, '2', '100.0', '34.2 to 100.0']);
  expect(cells[1]).toContain(`${EVIL} to fc2, int8`);
});
