import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/** What is not in the package, or runs in a clone only. */
const CLONE_ONLY = /^src\/(bench|results|setup\/(?!package|new))|node_modules/;

it('no message names a command that only a clone has, unless it asks first where it is', () => {
  const found = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join('src', name))
    .filter((file) => /\.(ts|mjs|cjs|py)$/.test(file) && !CLONE_ONLY.test(file))
    .flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, i) => {
        const code = line.replace(/^\s*(\*|\/\/|\/\*\*?|#|""").*/, '').replace(/\s\/\/ .*/, '');
        const asks = /IS_CLONE|in a clone/.test(lines.slice(Math.max(0, i - 3), i + 1).join(' '));
        return /npm (run|start|test)\b|node src\//.test(code) && !asks ? [`${file}:${i + 1}: ${code.trim()}`] : [];
      });
    });
  expect(found).toEqual([]);
});
