import { execFileSync } from 'node:child_process';
import { ROOT } from '../project.ts';

/** The project's commit, with a + where files differ from it; undefined outside git. */
export function commit(): string | undefined {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') ? '+' : '');
  } catch {
    return undefined;
  }
}
