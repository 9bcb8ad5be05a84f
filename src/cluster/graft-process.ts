import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Progress } from '../host/progress.ts';
import { ROOT } from '../project.ts';

interface Watching {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Runs a `graft` command of this machine in a process of its own, and shows its progress as if it were this one's.
 * @param args without `--json`
 * @returns the JSON that it prints
 * @throws Error with what it said
 */
export async function runGraft<T>(args: readonly string[], { signal, onProgress }: Watching = {}): Promise<T> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [path.join(ROOT, 'src/graft.mjs'), ...args, '--json'], {
    env: { ...process.env, GRAFT_PROGRESS: 'json' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): unknown => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('{"progress":')) onProgress?.((JSON.parse(line) as { progress: Progress }).progress);
    else said.push(line);
  });
  try {
    const [printed, code] = await Promise.all([
      text(child.stdout),
      new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
    ]);
    signal?.throwIfAborted();
    if (code)
      throw new Error(
        said
          .slice(-40)
          .join('\n')
          .replace(/^graft \w+: /, '') || printed,
      );
    // what is wrong with pictures, for example
    for (const line of said) if (!OF_TENSORFLOW.test(line)) process.stderr.write(`${line}\n`);
    return JSON.parse(printed) as T;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** What TensorFlow's library writes when it starts. */
const OF_TENSORFLOW = /^(WARNING: All log messages before absl|[IWEF]\d{4} \d\d:)/;
