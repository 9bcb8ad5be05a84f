import { randomUUID } from 'node:crypto';

/** The content of the messages `comm_open`, `comm_msg` and `comm_close`. */
export interface CommContent {
  readonly comm_id: string;
  readonly target_name?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Sends a message on iopub. */
export type Publish = (
  type: string,
  content: object,
  beside?: { readonly metadata?: object; readonly buffers?: readonly Uint8Array[] },
) => void;

type Data = NonNullable<CommContent['data']>;

/** Hears what the other end of a comm sends. */
export type CommListener = (data: Data, buffers: readonly Uint8Array[]) => void;

/** The kernel's end of a comm. */
export interface Comm {
  readonly id: string;
  send(data: object, buffers?: readonly Uint8Array[]): void;
  close(): void;
}

/** The comms of a kernel (jupyter_client/docs/messaging.rst, "Custom Messages"). */
export interface Comms {
  /** Opens one from the kernel's side; front ends that do not know the target ignore it. */
  open(target: string, data: object, options: OpenOptions): Comm;
  /** Lets front ends open comms of a target. */
  accept(target: string, onOpen: (comm: Comm, metadata: object) => CommListener | undefined): void;
  /** Takes a message of a front end. */
  take(type: string, content: CommContent, metadata: object, buffers: readonly Uint8Array[]): void;
  /** Lists the open ones as `comm_info_reply` does. */
  list(target?: unknown): Record<string, { target_name: string }>;
}

interface OpenOptions {
  readonly metadata?: object;
  readonly buffers?: readonly Uint8Array[];
  readonly onMessage: CommListener;
  readonly onClose?: () => void;
}

interface Open {
  readonly target: string;
  onMessage?: CommListener;
  readonly onClose?: () => void;
}

/** Keeps the kernel's ends of comms. A message for one that is not open is ignored, as ipykernel does. */
export function createComms(publish: Publish): Comms {
  const opened = new Map<string, Open>();
  const targets = new Map<string, Parameters<Comms['accept']>[1]>();
  const endOf = (id: string): Comm => ({
    id,
    send(data, buffers) {
      if (opened.has(id)) publish('comm_msg', { data, comm_id: id }, { buffers });
    },
    close() {
      if (opened.delete(id)) publish('comm_close', { data: {}, comm_id: id });
    },
  });
  const openFromFrontEnd = (id: string, target: string, metadata: object): void => {
    const onOpen = targets.get(target);
    if (!onOpen) return publish('comm_close', { data: {}, comm_id: id }); // there is no one to open it to
    const open: Open = { target };
    opened.set(id, open);
    open.onMessage = onOpen(endOf(id), metadata);
  };
  return {
    open(target, data, { metadata, buffers, onMessage, onClose }) {
      const id = randomUUID().replaceAll('-', '');
      opened.set(id, { target, onMessage, onClose });
      const content = { data, comm_id: id, target_name: target, target_module: null };
      publish('comm_open', content, { metadata, buffers });
      return endOf(id);
    },
    accept: (target, onOpen) => void targets.set(target, onOpen),
    take(type, { comm_id: id, target_name: target, data }, metadata, buffers) {
      if (type === 'comm_open') return openFromFrontEnd(id, String(target), metadata);
      const open = opened.get(id);
      if (type === 'comm_msg') open?.onMessage?.(data ?? {}, buffers);
      else if (opened.delete(id)) open?.onClose?.();
    },
    list: (target) =>
      Object.fromEntries(
        [...opened]
          .filter(([, one]) => !target || one.target === target)
          .map(([id, one]) => [id, { target_name: one.target }]),
      ),
  };
}
