import childProcess from 'node:child_process';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { currentCell } from './cell-context.ts';
import { hearInterrupt } from './steps.ts';

const { childrenOf } = createRequire(import.meta.url)('./thread/children.cjs') as {
  childrenOf(pid: number): number[];
};

/**
 * Lets Stop end a child for which a cell blocks its thread (`execSync`, `execFileSync`, `spawnSync`): the second thread
 * ends it, since this one hears nothing.
 * @param waitsForChild tells that thread which children existed before; null when the wait is over
 */
export function endChildrenByStop(waitsForChild: (before: readonly number[] | null) => void): void {
  for (const name of ['execSync', 'execFileSync', 'spawnSync'] as const) {
    const original = childProcess[name] as (...args: unknown[]) => unknown;
    const wrapped = (...args: unknown[]): unknown => {
      waitsForChild(childrenOf(process.pid));
      try {
        return original(...args);
      } finally {
        waitsForChild(null);
        hearInterrupt();
        // rather than an error that its command failed
        currentCell()?.stop.signal.throwIfAborted();
      }
    };
    Object.assign(childProcess, { [name]: wrapped });
  }
  syncBuiltinESMExports();
}
