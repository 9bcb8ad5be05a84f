import { JSDOM } from 'jsdom';
import { expect, it } from 'vitest';
import { type BackboneRow, METHODS } from '../../src/analysis/compare-backbones.ts';
import { nounBundle } from '../../src/notebook/show/nouns.ts';
import { backbonesTable } from '../../src/plots/experiments/backbones-table.ts';
import { proportion } from '../../src/training/evaluation/interval.ts';

const rowsOf = (
  name: string,
  rights: readonly number[],
  features: number,
  found: Partial<BackboneRow> = { converged: true },
): BackboneRow[] =>
  METHODS.map((method, i) => ({
    name,
    method,
    accuracy: proportion(rights[i], 1000),
    right: new Uint8Array(1000).fill(1, 0, rights[i]),
    features,
    secondsPerImage: 0.04,
    ...(method === 'logistic regression' && { l2: 0.0001, ...found }),
    backbone: name,
  }));
const rows = [
  ...rowsOf('vgg16', [852, 846, 794], 25_088),
  ...rowsOf('<b>', [500, 510, 520], 512, { edge: 'smallest', converged: false }),
];
const basis = 'cifar10; seed 1';
const bases = { head: basis, 'logistic regression': basis, 'nearest neighbours': basis };
const comparison = { kind: 'backbones', rows, basis, bases } as const;

it('has a line for each backbone, with its size, its rate and three accuracies with their intervals', () => {
  const { document } = new JSDOM(backbonesTable(comparison)).window;
  const lines = [...document.querySelectorAll('tr')].map((line) => [...line.children].map((cell) => cell.textContent));
  expect(lines).toEqual([
    ['backbone', 'features', 'images/s', 'head', 'logistic regression', 'nearest neighbours', 'decay'],
    ['vgg16', '25,088', '25', '85.2 (82.9 to 87.3)', '84.6 (82.2 to 86.7)', '79.4 (76.8 to 81.8)', '0.0001'],
    [
      '<b>',
      '512',
      '25',
      '50.0 (46.9 to 53.1)',
      '51.0 (47.9 to 54.1)',
      '52.0 (48.9 to 55.1)',
      '0.0001, the smallest tried, not at its optimum',
    ],
  ]);
  expect(document.body.textContent).toContain('n = 1,000 test images; cifar10; seed 1');
});

it('is what a comparison is shown as; as text each row is a line', async () => {
  const { 'text/html': html, 'text/plain': text } = (await nounBundle(comparison))!;
  expect(html).toBe(backbonesTable(comparison));
  expect(String(text).split('\n')[0]).toBe('vgg16, head: 85.2 % (95 % interval 82.9 to 87.3, n = 1,000)');
  expect(String(text).split('\n')).toHaveLength(7);
});
