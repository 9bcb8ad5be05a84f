import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createCompiler } from '../../src/notebook/kernel/compile/compiler.ts';

it('a cell knows a package that was installed after it had failed, in a scope or not', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'packages-'));
  const root = path.join(folder, 'of/a/project'); // TypeScript watches nothing near the root
  mkdirSync(root, { recursive: true });
  const home = process.cwd();
  const install = (name: string): void => {
    const its = path.join(root, 'node_modules', name);
    mkdirSync(its, { recursive: true });
    writeFileSync(path.join(its, 'package.json'), `{ "name": "${name}", "types": "index.d.ts" }`);
    writeFileSync(path.join(its, 'index.d.ts'), 'export declare const one: 1;\n');
  };
  writeFileSync(path.join(root, 'tsconfig.json'), '{ "compilerOptions": { "strict": true, "types": [] } }');
  for (const name of ['there', '@known/there']) install(name);
  process.chdir(root);
  const compiler = createCompiler({ notebook: root, project: root, root });
  try {
    for (const name of ['later', '@known/later', '@unknown/later']) {
      const faults = (): number => compiler.compile(`import { one } from '${name}';\none;`).diagnostics.length;
      expect(faults(), name).toBe(1);
      install(name);
      await expect.poll(faults, { timeout: 10_000, message: name }).toBe(0);
    }
  } finally {
    compiler.close();
    process.chdir(home);
    rmSync(folder, { recursive: true });
  }
});
