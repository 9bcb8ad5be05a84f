import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scriptOf } from '../../src/notebook/jupyter/script.ts';
import { ROOT } from '../../src/project.ts';
import { node } from '../process.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'script-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const source = "import { shapes10 } from 'graft-ml';\nconsole.log(shapes10({ train: 3 }).train.n);";
const scriptIn = (where: string): string => scriptOf({ folder: where, cells: [{ code: true, source }] });

it('a script of a notebook in any folder finds Graft, which Node.js would not find there by its name', async () => {
  const file = path.join(folder, 'mine.ts');
  writeFileSync(file, scriptIn(folder));
  const { stdout, stderr } = await node(['--import', 'tsx', file]);
  expect([stdout, stderr]).toEqual(['3\n', '']);
});

it('keeps the name where Node.js finds it: in Graft’s own folder, and where the package is installed', () => {
  expect(scriptIn(path.join(ROOT, 'notebooks'))).toContain("from 'graft-ml'");
  const installed = path.join(folder, 'node_modules/graft-ml');
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(installed, 'package.json'), '{ "name": "graft-ml" }');
  expect(scriptIn(folder)).toContain("from 'graft-ml'");
});
