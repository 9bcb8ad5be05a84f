import { execFileSync } from 'node:child_process';
import { IS_CLONE, ROOT } from '../home.mjs';

/** The paths that decide what is computed; a notebook that is saved meanwhile does not. */
const CODE = ['src', 'package.json', 'package-lock.json'];

/** Gives the project's commit, with a + if the code differs from it; undefined outside git. */
export function commit(): string | undefined {
  if (!IS_CLONE) return undefined; // a project's commit is not Graft's
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '--', ...CODE) ? '+' : '');
  } catch {
    return undefined;
  }
}
