import Module, { createRequire } from 'node:module';
import path from 'node:path';
import type ts from 'typescript';
import { commandLine, IS_CLONE } from '../../home.mjs';
import { requireSetUp, setUpFile } from '../../packages.mjs';

/**
 * The version of tslab whose own modules the kernel is built around. They are no public interface, so the version is
 * pinned; the parts that are used are named here and checked when the kernel starts.
 */
const VERSION = '1.0.22';

const manifest = setUpFile('tslab/package.json');
const require = createRequire(manifest);

/** The folder of tslab. */
const folder = path.dirname(manifest);

export interface ExecuteRequest {
  readonly code: string;
  readonly stop_on_error?: boolean;
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly user_expressions?: Readonly<Record<string, string>>;
  readonly allow_stdin?: boolean;
}

export interface CursorRequest {
  readonly code: string;
  readonly cursor_pos: number;
}

/** Answers requests (tslab/dist/jupyter.js, JupyterHandlerImpl). */
export interface Handler {
  handleComplete(request: CursorRequest): object;
  handleInspect(request: CursorRequest): object;
  handleIsComplete(request: { readonly code: string }): object;
  handleKernel(): object;
}

export interface Message {
  readonly identity: readonly Buffer[];
  header: { msg_type: string; readonly date: string };
  content: Record<string, unknown>;
  createReply(): Message;
  signAndSend(key: string, socket: Socket): void;
}

/** The sockets of zeromq.js that tslab opens. */
export interface Socket {
  send(frames: unknown): Promise<void>;
  close(): void;
  closed?: boolean;
  sendHighWaterMark?: number;
}

/** Speaks the protocol (tslab/dist/jupyter.js, ZmqServer). */
export interface ZmqServer {
  handler: Handler;
  connInfo: { key: string; control_port: number; hb_port: number; stdin_port: number };
  iopub: Socket;
  init(): Promise<void>;
  bindSocket(socket: Socket, port: number): Promise<void>;
  handleShellMessage(socket: Socket, ...frames: Buffer[]): Promise<void>;
}

/** Gives the file of zeromq.js, which comes with tslab. */
export const zeromqFile = (): string => require.resolve('zeromq', { paths: [folder] });

type Constructor<T, A extends unknown[]> = new (...args: A) => T;

/** Gives the project's TypeScript, which reads and checks cells. */
export const typescript = (): typeof ts => (checked ??= checkTypescript(requireSetUp('typescript') as typeof ts));
let checked: typeof ts | undefined;

export interface Tslab {
  /** Takes whatever runs cells, only to close it. */
  JupyterHandlerImpl: Constructor<Handler, [{ close(): void }, boolean]>;
  ZmqServer: Constructor<ZmqServer, [Handler, string]>;
}

/** @throws Error naming what is not as expected, if another version of tslab is installed */
export function loadTslab(): Tslab {
  const { version } = require('tslab/package.json') as { version: string };
  standInForTypescript();
  const { JupyterHandlerImpl, ZmqServer } = require(path.join(folder, 'dist/jupyter.js')) as Tslab;
  return checkTslab(version, { JupyterHandlerImpl, ZmqServer });
}

/** Spares the kernel tslab's own copy of TypeScript 5.0, 8 MB that its modules load and the kernel does not use. */
function standInForTypescript(): void {
  const file = require.resolve('@tslab/typescript-for-tslab', { paths: [folder] });
  const module = new Module(file);
  module.exports = typescript();
  module.loaded = true;
  require.cache[file] = module;
}

/** @throws Error naming what is not as the kernel needs it */
export function checkTslab(version: string, tslab: Tslab): Tslab {
  if (version !== VERSION)
    throw new Error(
      `The kernel is built around tslab ${VERSION}; ${version} is installed. Run \`${IS_CLONE ? 'npm ci' : commandLine('setup')}\`.`,
    );
  const used: readonly (readonly [name: keyof Tslab, methods: readonly string[]])[] = [
    ['JupyterHandlerImpl', ['handleComplete', 'handleInspect', 'handleKernel', 'handleIsComplete']],
    [
      'ZmqServer',
      ['handleShellMessage', 'handleExecute', 'handleShutdown', 'handleCommInfoRequest', 'bindSocket', 'init'],
    ],
  ];
  for (const [name, methods] of used) {
    const value = tslab[name] as unknown;
    const missing =
      typeof value !== 'function'
        ? [name]
        : methods.filter((method) => !(method in (value as { prototype: object }).prototype));
    if (missing.length)
      throw new Error(
        `tslab ${version}: expected ${name}${methods.length ? ` with ${methods.join(', ')}` : ''}; ${missing.join(', ')} is not there.`,
      );
  }
  return tslab;
}

/** Functions that TypeScript exports without declaring them and that the kernel uses; other versions may lack them. */
const INTERNALS = [
  'bindSourceFile',
  'createCacheableExportInfoMap',
  'getContainerNode',
  'getContainingObjectLiteralElement',
  'getPropertySymbolsFromContextualType',
  'getTouchingPropertyName',
  'isInComment',
  'isLabelName',
  'isTagName',
  'typeToDisplayParts',
  'Completions.getCompletionsAtPosition',
  'SignatureHelp.getSignatureHelpItems',
  'SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind',
];

/** @throws Error naming what is not as the kernel needs it */
export function checkTypescript(compiler: typeof ts): typeof ts {
  const missing = INTERNALS.filter((name) => {
    const found = name
      .split('.')
      .reduce<unknown>((of, part) => (of as Record<string, unknown> | undefined)?.[part], compiler);
    return typeof found !== 'function';
  });
  if (missing.length)
    throw new Error(
      `TypeScript ${compiler.version}: expected the functions that cells are read with; ${missing.join(', ')} ` +
        `is not there. The kernel is built around 5.9: run \`${IS_CLONE ? 'npm ci' : commandLine('setup')}\`.`,
    );
  return compiler;
}
