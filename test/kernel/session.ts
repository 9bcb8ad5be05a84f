import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import * as jupyter from '../../src/notebook/jupyter/jupyter-environment.mjs';

/** The environment that `npm run lab` gives to Jupyter, and its Python. */
export const { jupyterEnvironment: environment, PYTHON } = jupyter as {
  jupyterEnvironment(): NodeJS.ProcessEnv;
  PYTHON: string;
};

export interface Result {
  readonly text: string;
  readonly error: { readonly ename: string; readonly evalue: string; readonly traceback: readonly string[] } | null;
  /** Of the reply: ok, error, aborted. */
  readonly status: string;
  /** What was shown, as plain text. */
  readonly display: readonly string[];
  /** What was shown, by MIME type, a run; what an inspection found. */
  readonly data: readonly Record<string, string>[] & Record<string, string>;
  /** Seconds until the last display came, and until the cell ended. */
  readonly shown?: number;
  readonly seconds: number;
  /** The kernel's resident memory after the cell, MiB. */
  readonly memory: number;
  readonly matches?: readonly string[];
  readonly cursor_start?: number;
  readonly cursor_end?: number;
  readonly metadata?: Record<string, unknown>;
  /** What comms sent on the way. */
  readonly comms: readonly CommMessage[];
  /** What came on the way, by type; the cell's reply; what the user was asked. */
  readonly kinds: readonly string[];
  readonly reply: Record<string, unknown>;
  readonly prompts: readonly string[];
}
/** A message of a comm, its buffers as Latin-1. */
export interface CommMessage {
  readonly type: string;
  readonly content: {
    readonly comm_id: string;
    readonly target_name?: string;
    readonly data: {
      readonly method?: string;
      readonly state: Readonly<Record<string, unknown>>;
      readonly states: Readonly<Record<string, object>>;
      readonly buffer_paths: unknown;
    };
  };
  readonly metadata: object;
  readonly buffers: readonly string[];
}
/**
 * When Stop is pressed: so many seconds after the kernel began the cell (the first of several), once what it shows
 * matches, or a second after its code has written a file in the session's folder.
 */
export type Interrupt = number | string | { readonly file: string };
export type Step =
  | {
      run: string;
      interrupt?: Interrupt[];
      write?: Record<string, string>;
      times?: number;
      options?: Record<string, unknown>;
      answers?: (string | null)[];
    }
  | { queue: string[]; interrupt?: Interrupt[] }
  | { send: object; to?: string; type?: string; metadata?: object; buffers?: string[]; until?: string }
  | { request: string; content: object }
  | { complete: string; at?: number }
  | { inspect: string; at?: number }
  | { crash: true }
  | { restart: number }
  | { leave: string };

/**
 * Runs steps in one kernel through Jupyter's own client: test/kernel/session.py.
 * @param options.folder where the kernel is started, as beside a notebook @default the project's root
 * @param options.taken the port that another process has taken, like "shell_port"
 */
export async function session(
  steps: Step[],
  {
    folder = process.cwd(),
    env = {},
    taken,
  }: { readonly folder?: string; readonly env?: Record<string, string>; readonly taken?: string } = {},
): Promise<{ results: Result[]; shutdown: number; ready: number }> {
  const child = spawn(PYTHON, ['test/kernel/session.py'], { env: environment() });
  child.stdin.end(JSON.stringify({ folder, env, taken: taken ?? '', steps }));
  const [out, failure] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(out) as Awaited<ReturnType<typeof session>>;
  } catch {
    throw new Error(failure);
  }
}
