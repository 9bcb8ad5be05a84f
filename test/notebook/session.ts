import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { jupyterEnvironment, PYTHON } from '../../src/notebook/jupyter-environment.mjs';

export interface Result {
  readonly text: string;
  readonly error: { readonly ename: string; readonly evalue: string; readonly traceback: readonly string[] } | null;
  readonly display: readonly string[];
  /** Seconds until the last display came, and until the cell ended. */
  readonly shown?: number;
  readonly seconds: number;
  /** The kernel's resident memory after the cell, MiB. */
  readonly memory: number;
  readonly matches?: readonly string[];
  readonly data?: Record<string, string>;
}
export type Step =
  { run: string; interrupt?: number[]; write?: Record<string, string>; times?: number } | { complete: string } | { inspect: string } | { crash: true };

/** Runs steps in one kernel through Jupyter's own client: test/notebook/session.py. */
export async function session(steps: Step[]): Promise<{ results: Result[]; shutdown: number; ready: number }> {
  const child = spawn(PYTHON, ['test/notebook/session.py'], { env: jupyterEnvironment() });
  child.stdin.end(JSON.stringify(steps));
  const [out, failure] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(out) as Awaited<ReturnType<typeof session>>;
  } catch {
    throw new Error(failure);
  }
}
