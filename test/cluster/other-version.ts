import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../src/project.ts';

/** A copy of Graft that calls itself 9.9.9. @returns its folder */
export function otherVersion(folder: string): string {
  mkdirSync(folder);
  cpSync(path.join(ROOT, 'src'), path.join(folder, 'src'), { recursive: true });
  for (const name of ['node_modules', 'data', 'tsconfig.json'])
    symlinkSync(path.join(ROOT, name), path.join(folder, name));
  const facts = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as object;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...facts, version: '9.9.9' }));
  return folder;
}
