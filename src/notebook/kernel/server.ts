import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Failure } from './failure.ts';
import type { CellContext } from './cell-context.ts';
import type { CellQueue } from './cell-queue.ts';
import { queued } from './send-queue.ts';
import { streamBatches } from './streams.ts';
import type { ExecuteRequest, Handler, Message, Socket, Tslab, ZmqServer } from './tslab.ts';

/** Shared with the second thread, which loads no TypeScript. */
const { message, signed } = createRequire(import.meta.url)('./thread/signed.cjs') as {
  message(identities: readonly Buffer[], contents: readonly object[], key: string): unknown[];
  signed(frames: readonly Buffer[], key: string): Signed | undefined;
};
interface Signed {
  readonly identities: readonly Buffer[];
  readonly header: { readonly msg_type: string };
  readonly frames: Buffer[];
}

const EXIT_MS = 150; // lets the last replies out

/** A cell as the server has it before it runs. */
export type Request = Pick<CellContext, 'number' | 'write' | 'display' | 'result'>;

/** What the server asks of the kernel. */
export interface ServerOptions {
  readonly tslab: Tslab;
  readonly handler: Handler;
  readonly queue: CellQueue;
  readonly connectionFile: string;
  /** Runs a cell and says why it failed, if it did. */
  readonly execute: (source: string, request: Request) => Promise<Failure | undefined>;
}

/** tslab's server with what JupyterLab, nbconvert and their users expect beyond it. */
export function createServer({ tslab, handler, queue, connectionFile, execute }: ServerOptions): ZmqServer {
  const Base = tslab.ZmqServer;
  class Server extends Base {
    readonly #queues = new Map<Socket, Socket>();
    #count = 0;
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
      const { control_port: control, hb_port: heart } = this.connInfo;
      if (port === control || port === heart) return Promise.resolve(); // the second thread's
      const own = [...this.#queues].find(([, queue]) => queue === socket)?.[0] ?? socket;
      if ('sendHighWaterMark' in own) own.sendHighWaterMark = 0;
      return super.bindSocket(own, port);
    }

    /** Hears nothing that is not signed, and never throws: tslab's loops over the sockets end with the first error. */
    override async handleShellMessage(socket: Socket, ...frames: Buffer[]): Promise<void> {
      const request = signed(frames, this.connInfo.key);
      if (!request) return;
      const out = this.#queued(socket);
      const type = request.header.msg_type;
      try {
        // tslab answers these with a warning in the notebook
        if (type === 'history_request') this.#answer(out, request, 'history_reply', { status: 'ok', history: [] });
        else if (!/^comm_(open|msg|close)$/.test(type)) await super.handleShellMessage(out, ...request.frames);
      } catch (error) {
        console.error(`The kernel could not answer a ${type}:`, error);
      }
    }

    #answer(socket: Socket, { identities, header: parent }: Signed, type: string, content: object): void {
      const build = (to: readonly Buffer[], kind: string, body: object): unknown[] => {
        const date = new Date().toISOString();
        const header = { ...parent, msg_type: kind, msg_id: randomUUID(), version: '5.3', date };
        return message(to, [header, parent, {}, body], this.connInfo.key);
      };
      void this.iopub.send(build([], 'status', { execution_state: 'busy' }));
      void socket.send(build(identities, type, content));
      void this.iopub.send(build([], 'status', { execution_state: 'idle' }));
    }

    #publish(type: string, content: object, request: Message): void {
      reply(request, type, content).signAndSend(this.connInfo.key, this.iopub);
    }

    async handleExecute(socket: Socket, request: Message): Promise<void> {
      const { code, stop_on_error: stopOnError = true } = request.content as unknown as ExecuteRequest;
      const streams = streamBatches((content) => this.#publish('stream', content, request));
      const show = (type: string, content: object): void => {
        streams.flush();
        this.#publish(type, content, request);
      };
      let execution_count: number | undefined;
      let failure: Failure | undefined;
      const run = async (): Promise<boolean> => {
        execution_count = ++this.#count;
        this.#publish('execute_input', { code, execution_count }, request);
        failure = await execute(code, {
          number: execution_count,
          write: streams.write,
          display: (content, update) => show(update ? 'update_display_data' : 'display_data', content),
          result: (data) => show('execute_result', { data, metadata: {}, execution_count }),
        });
        return !failure;
      };
      const status = await queue.add({ sent: Date.parse(request.header.date), stopOnError, run });
      streams.end();
      if (failure) this.#publish('error', failure, request);
      const content = { status, execution_count, user_expressions: {}, payload: [], ...failure };
      reply(request, 'execute_reply', content).signAndSend(this.connInfo.key, socket);
    }

    handleCommInfoRequest(socket: Socket, request: Message): void {
      reply(request, 'comm_info_reply', { status: 'ok', comms: {} }).signAndSend(this.connInfo.key, socket);
    }

    handleShutdown(socket: Socket, request: Message): void {
      reply(request, 'shutdown_reply', { status: 'ok', restart: Boolean(request.content.restart) }).signAndSend(
        this.connInfo.key,
        socket,
      );
      // a notebook's timers, workers or servers must not keep the process
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
