import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'undici';
import { outside } from './installed.ts';

/** A JupyterLab that `graft lab` has started. */
export interface Lab {
  /** Asks its server: `api/kernelspecs`. */
  ask(what: string, init?: { readonly method: string; readonly body?: string }): Promise<unknown>;
  /** Runs cells in a kernel that the lab starts. @returns what each has written */
  cells(sources: readonly string[]): Promise<string[]>;
  /** Ends the shell that it was started from, and waits until it has ended as well. @returns the shell's signal */
  end(): Promise<string | null>;
}

/**
 * Starts `graft lab` in a project and waits until it says its address.
 * @param variables more of its environment: `PATH=…`
 */
export async function startLab(project: string, graft: string, variables: readonly string[]): Promise<Lab> {
  // as npx does, whose shell does not pass signals on
  const command = ['env', 'npm_command=exec', ...variables, process.execPath, graft, 'lab', '--no-browser'];
  const child = spawn('sh', ['-c', '"$@"; true', 'sh', ...command], {
    cwd: project,
    env: outside,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // all that may write to its pipes have ended
  const ended = new Promise<string | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  const address = new URL(await said(child, /http:\S+token=\w+/));
  const { host, searchParams } = address;
  const token = searchParams.get('token')!;
  const ask: Lab['ask'] = async (what, init) => {
    const response = await fetch(`http://${host}/${what}`, { ...init, headers: { Authorization: `token ${token}` } });
    return response.status === 204 ? undefined : response.json();
  };
  return {
    ask,
    async cells(sources) {
      const { id } = (await ask('api/kernels', { method: 'POST', body: '{"name":"graft"}' })) as { id: string };
      const socket = new WebSocket(`ws://${host}/api/kernels/${id}/channels?token=${token}`);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      const texts: string[] = [];
      for (const source of sources) texts.push(await cell(socket, source));
      socket.close();
      return texts;
    },
    end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Waits until a process has said something. @throws Error with all that it said, if it ends before */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const take = (chunk: Buffer): void => {
      all += chunk.toString();
      const [found] = pattern.exec(all) ?? [];
      if (found) resolve(found);
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.once('close', () => reject(new Error(all)));
  });
}

interface Message {
  readonly msg_type: string;
  readonly parent_header: { readonly msg_id?: string };
  readonly content: {
    readonly text?: string;
    readonly evalue?: string;
    readonly execution_state?: string;
    readonly data?: Readonly<Record<string, string>>;
  };
}

/** Runs one cell by Jupyter's messages. @returns what it wrote and showed, and its error */
function cell(socket: WebSocket, code: string): Promise<string> {
  const header = { msg_id: randomUUID(), msg_type: 'execute_request', session: 's', username: '', version: '5.3' };
  const content = { code, silent: false, store_history: true, allow_stdin: false, stop_on_error: false };
  return new Promise((resolve, reject) => {
    let text = '';
    socket.onclose = () => reject(new Error(`the lab closed the connection: ${text}`));
    socket.onmessage = ({ data }) => {
      const { msg_type: kind, parent_header: parent, content } = JSON.parse(String(data)) as Message;
      if (parent.msg_id !== header.msg_id) return;
      text += content.text ?? content.evalue ?? content.data?.['text/plain'] ?? '';
      if (kind === 'status' && content.execution_state === 'idle') resolve(text);
    };
    socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content }));
  });
}
