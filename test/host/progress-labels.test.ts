import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, expect, it } from 'vitest';
import { setNotebookHost } from '../../src/host/host.ts';
import { progressBar } from '../../src/host/progress.ts';

/** A label as it stands in the source: what is fixed, and the expressions between. */
interface Label {
  readonly at: string;
  readonly fixed: readonly string[];
  readonly holes: readonly string[];
  /** The expressions of the line above the bar. */
  readonly of: readonly string[];
}

const MOST = 59;
const LONG = 'a-long-name-of-a-file-or-a-network.'.repeat(3);

const labels = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('node_modules'))
  .flatMap((file) => labelsIn(path.join('src', file)));

afterEach(() => setNotebookHost(undefined));

it('finds the labels of bars in all rooms', () => {
  const rooms = new Set(labels.map(({ at }) => at.split('/')[1]));
  for (const room of ['analysis', 'command', 'data', 'experiments', 'features', 'training'])
    expect(rooms).toContain(room);
  expect(labels.length).toBeGreaterThan(10);
});

it.each(labels)('$at says what is done in under 60 characters, with all its words, whatever stands in it', (label) => {
  const { fixed, holes } = label;
  for (const filled of ['x', LONG]) {
    const text = fixed.map((part, i) => part + (i < holes.length ? filled : '')).join('');
    const shown: string[] = [];
    setNotebookHost({ display: (data) => shown.push(data['text/plain']), signal: new AbortController().signal });
    progressBar()({ label: text, done: 1, total: 2 });
    const [said] = shown[0].split(': 1 of 2 images');
    expect(said.length).toBeLessThanOrEqual(MOST);
    // the middle of a long one is left out, and has to be a name's
    expect(said.startsWith(fixed[0])).toBe(true);
    if (holes.length) expect(said.endsWith(fixed.at(-1)!)).toBe(true);
  }
});

it.each(labels)('$at says nothing that the bar says itself, nor anything twice', ({ fixed, holes, of }) => {
  expect(fixed.join('')).not.toMatch(/%|\bleft\b|\b(images|files|runs|folds|pictures|MB)\b|\/s\b/);
  expect(new Set(holes).size).toBe(holes.length);
  expect(holes.filter((hole) => of.includes(hole))).toEqual([]);
});

function labelsIn(file: string): Label[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Label[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const of = (name: string): ts.Expression | undefined =>
        node.properties.find(
          (one): one is ts.PropertyAssignment => ts.isPropertyAssignment(one) && one.name.getText() === name,
        )?.initializer;
      const names = node.properties.map((one) => one.name?.getText());
      const isBar = names.includes('done') ? names.includes('total') : names.includes('of');
      const label = of('label');
      if (label && isBar) {
        const { line } = source.getLineAndCharacterOfPosition(label.getStart());
        const above = of('of');
        found.push({ at: `${file}:${line + 1}`, ...partsOf(label), of: above ? partsOf(above).holes : [] });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function partsOf(text: ts.Expression): Pick<Label, 'fixed' | 'holes'> {
  if (ts.isStringLiteralLike(text)) return { fixed: [text.text], holes: [] };
  if (!ts.isTemplateExpression(text)) return { fixed: ['', ''], holes: [text.getText()] };
  return {
    fixed: [text.head.text, ...text.templateSpans.map(({ literal }) => literal.text)],
    holes: text.templateSpans.map(({ expression }) => expression.getText()),
  };
}
