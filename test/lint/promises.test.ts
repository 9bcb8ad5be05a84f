import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const RELIABILITY = readFileSync('docs/reliability.md', 'utf8');

/** Rows of the table below a heading, without its head. */
function tableOf(heading: string): string[][] {
  const [, section] = RELIABILITY.split(`\n## ${heading}\n`);
  const lines = section
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Files and folders of tests that a text names. */
const named = (text: string): string[] => text.match(/\btest\/[\w/-]+(\.test\.ts)?/g) ?? [];

describe('docs/reliability.md', () => {
  it('names for each promise a test that is there', () => {
    const rows = tableOf('Nothing lost');
    expect(rows.length).toBeGreaterThan(5);
    for (const [promise, by] of rows)
      expect(by === 'the same' || named(by).some((file) => existsSync(file)), promise).toBe(true);
  });

  const rows = tableOf('Which test holds what');
  it.each(rows)('%s: its test is there, under its title', (_, file, title) => {
    expect(readFileSync(file, 'utf8')).toContain(title);
  });
  it('has a row for most of them', () => {
    expect(rows.length).toBeGreaterThan(40);
  });
});

it('every test that the documentation names is there', () => {
  const files = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').map((name) => `docs/${name}`)];
  const texts = files.filter((file) => file.endsWith('.md')).map((file) => readFileSync(file, 'utf8'));
  const tests = texts.flatMap(named).filter((name) => name.endsWith('.test.ts'));
  expect(tests.length).toBeGreaterThan(50);
  expect(tests.filter((name) => !existsSync(name))).toEqual([]);
});
