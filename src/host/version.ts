import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from '../project.ts';
import { commit } from './commit.ts';

/** Gives the project's version and commit: `0.1.0, commit 0123456789ab`; a + means the code differs from the commit. */
export function graftVersion(): string {
  const { version } = createRequire(import.meta.url)(path.join(ROOT, 'package.json')) as { version: string };
  found ??= commit();
  return `${version}, ${found ? `commit ${found}` : 'no commit (not a git clone, or not this user’s)'}`;
}

let found: string | undefined;
