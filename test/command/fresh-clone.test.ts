import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { node } from '../process.ts';

it('a clone in which nothing was installed yet names the command, whatever is asked of it', async () => {
  const clone = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'clone ä#-')));
  try {
    for (const part of ['src', 'package.json'])
      cpSync(part, path.join(clone, part), { recursive: true, filter: (file) => !file.includes('node_modules') });
    const graft = path.join(clone, 'src/graft.mjs');
    for (const [command, first] of [
      ['train', 'h5wasm'],
      ['cache', 'tsx'],
    ]) {
      const { status, stderr } = await node([graft, command]);
      expect([status, stderr]).toEqual([1, `graft ${command}: ${first} is not installed. Run \`npm run setup\`.\n`]);
    }
  } finally {
    rmSync(clone, { recursive: true });
  }
});
