import { AsyncLocalStorage } from 'node:async_hooks';
import { createAsk } from './ask.ts';
import type { CellFailure } from '../run/failure.ts';
import { type CellContext, currentCell } from '../run/cell-context.ts';
import type { CellQueue } from './cell-queue.ts';
import { type CommContent, type Comms, createComms } from './comms.ts';
import { createInputHistory, type HistoryRequest } from './history.ts';
import type { SecondThread } from '../run/second-thread.ts';
import { queued } from './send-queue.ts';
import { following, type Signed, signed } from './signed.ts';
import { streamBatches } from '../output/streams.ts';
import type { ExecuteRequest, Handler, Message, Socket, Tslab, ZmqServer } from '../tslab.ts';

const EXIT_MS = 150; // lets the last replies out

/** The requests that the server answers; the protocol leaves all others unanswered. */
const KNOWN =
  /^(execute|inspect|complete|history|is_complete|comm_info|kernel_info|shutdown)_request$|^comm_(open|msg|close)$/;

/** Cells that are not counted, such as a front end's own questions, are numbered from here on. */
const UNCOUNTED = 1_000_000;

/** A cell as the server knows it before it runs. */
export type Request = Pick<CellContext, 'number' | 'header' | 'write' | 'display' | 'result' | 'ask'>;

/** What the server needs from the kernel. */
export interface ServerOptions {
  readonly tslab: Tslab;
  readonly handler: Handler;
  readonly queue: CellQueue;
  readonly connectionFile: string;
  readonly thread: SecondThread;
  /** Runs a cell and says why it failed, if it did. */
  readonly execute: (source: string, request: Request) => Promise<CellFailure | undefined>;
}

/** Makes tslab's server, with what JupyterLab, nbconvert and their users expect in addition. */
export function createServer({ tslab, handler, queue, connectionFile, thread, execute }: ServerOptions): ZmqServer & {
  readonly comms: Comms;
} {
  const Base = tslab.ZmqServer;
  class Server extends Base {
    readonly #queues = new Map<Socket, Socket>();
    readonly #history = createInputHistory();
    #count = 0;
    #uncounted = UNCOUNTED;
    #iopub!: Socket;

    #queued(socket: Socket): Socket {
      if (!this.#queues.has(socket)) this.#queues.set(socket, queued(socket));
      return this.#queues.get(socket)!;
    }

    // tslab assigns this field; every message to the front end goes through a queue
    override set iopub(socket: Socket) {
      this.#iopub = socket;
    }

    override get iopub(): Socket {
      return this.#queued(this.#iopub);
    }

    override bindSocket(socket: Socket, port: number): Promise<void> {
      const { control_port: control, hb_port: heart, stdin_port: stdin } = this.connInfo;
      if ([control, heart, stdin].includes(port)) return Promise.resolve(); // those of the second thread
      const own = [...this.#queues].find(([, queue]) => queue === socket)?.[0] ?? socket;
      if ('sendHighWaterMark' in own) own.sendHighWaterMark = 0;
      return super.bindSocket(own, port);
    }

    /** Ignores unsigned messages, and never throws: tslab's loops over the sockets end with the first error. */
    override async handleShellMessage(socket: Socket, ...frames: Buffer[]): Promise<void> {
      const request = signed(frames, this.connInfo.key);
      if (!request) return;
      const out = this.#queued(socket);
      const type = request.header.msg_type;
      try {
        if (!KNOWN.test(type)) return; // tslab answers it with a warning in the notebook
        const content = JSON.parse(request.frames.at(-1)!.toString()) as Record<string, unknown>;
        if (type === 'history_request')
          this.#answer(out, request, 'history_reply', {
            status: 'ok',
            history: this.#history.answer(content as unknown as HistoryRequest),
          });
        else if (type.startsWith('comm_') && type !== 'comm_info_request')
          this.#takeComm(request, content as unknown as CommContent);
        else await super.handleShellMessage(out, ...request.frames);
      } catch (error) {
        console.error(`The kernel could not answer a ${type}:`, error);
      }
    }

    readonly #hears = new AsyncLocalStorage<object>();
    /** What the kernel sends belongs to the message that it hears, or else to the cell whose code sends it. */
    readonly comms = createComms((type, content, beside) => {
      const parent = this.#hears.getStore() ?? currentCell()?.header ?? {};
      void this.iopub.send(following([], parent, type, content, this.connInfo.key, undefined, beside));
    });

    /** Says `idle` at once, whatever handlers have begun: a front end sends a control's next change only after that. */
    #takeComm({ header, frames, buffers }: Signed, content: CommContent): void {
      const status = (execution_state: string): void =>
        void this.iopub.send(following([], header, 'status', { execution_state }, this.connInfo.key));
      status('busy');
      try {
        const metadata = JSON.parse(frames.at(-2)!.toString()) as object;
        this.#hears.run(header, () => this.comms.take(header.msg_type, content, metadata, buffers));
      } finally {
        status('idle');
      }
    }

    #answer(socket: Socket, { identities, header: parent }: Signed, type: string, content: object): void {
      const build = (to: readonly Buffer[], kind: string, body: object): unknown[] =>
        following(to, parent, kind, body, this.connInfo.key);
      void this.iopub.send(build([], 'status', { execution_state: 'busy' }));
      void socket.send(build(identities, type, content));
      void this.iopub.send(build([], 'status', { execution_state: 'idle' }));
    }

    #publish(type: string, content: object, request: Message): void {
      reply(request, type, content).signAndSend(this.connInfo.key, this.iopub);
    }

    async handleExecute(socket: Socket, request: Message): Promise<void> {
      const {
        code,
        silent = false,
        store_history: stored = !silent,
        stop_on_error: stopOnError = true,
        user_expressions: asked = {},
      } = request.content as unknown as ExecuteRequest;
      const counted = stored && !silent;
      const streams = streamBatches((content) => this.#publish('stream', content, request));
      const show = (type: string, content: object): void => {
        streams.flush();
        this.#publish(type, content, request);
      };
      let execution_count: number | undefined;
      let failure: CellFailure | undefined;
      let expressions: Record<string, object> = {};
      const run = async (): Promise<boolean> => {
        const number = counted ? ++this.#count : this.#uncounted++;
        execution_count = this.#count;
        if (counted) this.#history.add(number, code);
        if (!silent) this.#publish('execute_input', { code, execution_count }, request);
        const cell: Request = {
          number,
          header: request.header,
          write: streams.write,
          display: (content, update) => show(update ? 'update_display_data' : 'display_data', content),
          result: (data) => {
            if (!silent) show('execute_result', { data, metadata: {}, execution_count });
            this.#history.setValue(number, (data as { 'text/plain'?: string })['text/plain'] ?? '');
          },
          ask: createAsk(request, thread, this.connInfo.key, streams.flush),
        };
        failure = await execute(code, cell);
        if (!failure) expressions = await this.#evaluate(asked, cell);
        return !failure;
      };
      const status = await queue.add({
        sent: Date.parse(request.header.date),
        stopOnError: stopOnError && !silent,
        run,
      });
      streams.end();
      if (failure) this.#publish('error', failure, request);
      const content = { status, execution_count, user_expressions: expressions, payload: [], ...failure };
      reply(request, 'execute_reply', content).signAndSend(this.connInfo.key, socket);
    }

    /** Evaluates a front end's questions after a cell, as cells that are not counted. */
    async #evaluate(asked: Readonly<Record<string, string>>, cell: Request): Promise<Record<string, object>> {
      const values: Record<string, object> = {};
      for (const [name, expression] of Object.entries(asked)) {
        let data: object = { 'text/plain': 'undefined' };
        const result = (bundle: object): void => void (data = bundle);
        const failed = await execute(expression, { ...cell, number: this.#uncounted++, result });
        values[name] = failed ? { status: 'error', ...failed } : { status: 'ok', data, metadata: {} };
      }
      return values;
    }

    handleCommInfoRequest(socket: Socket, request: Message): void {
      const comms = this.comms.list(request.content.target_name);
      reply(request, 'comm_info_reply', { status: 'ok', comms }).signAndSend(this.connInfo.key, socket);
    }

    handleShutdown(socket: Socket, request: Message): void {
      reply(request, 'shutdown_reply', { status: 'ok', restart: Boolean(request.content.restart) }).signAndSend(
        this.connInfo.key,
        socket,
      );
      // a notebook's timers, workers or servers must not keep the process alive
      setTimeout(() => process.exit(0), EXIT_MS);
    }
  }
  return new Server(handler, connectionFile);
}

function reply(request: Message, type: string, content: object): Message {
  const message = request.createReply();
  message.header.msg_type = type;
  message.content = content as Record<string, unknown>;
  return message;
}
