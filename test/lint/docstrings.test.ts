import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/** What a sentence with a verb does not begin with. */
const NO_BEGINNING = /^Of /;

it('every docstring of src/ begins as a sentence does', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs|cjs)$/.test(name) && !name.includes('node_modules'))
    .map((name) => path.join('src', name));
  expect(files.length).toBeGreaterThan(400);
  const found = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\/\*\*\s*(?:\*\s*)?([^\n]*)/g)]
      .map(([, first]) => first.replace(/\*\/$/, '').trim())
      .filter((first) => NO_BEGINNING.test(first))
      .map((first) => `${file}: ${first}`),
  );
  expect(found).toEqual([]);
});
