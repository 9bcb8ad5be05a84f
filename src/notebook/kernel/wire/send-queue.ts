import type { Socket } from '../tslab.ts';

/**
 * Makes a socket take any number of messages. zeromq.js sends some 500 at once, then throws EBUSY until its loop has
 * turned: later messages were lost, including the `idle` status, so that the cell stayed busy for good. A message goes
 * out at once if it can (a progress bar drawn before a long synchronous step must appear); else it waits its turn.
 */
export function queued(socket: Socket): Socket {
  const waiting: unknown[] = [];
  let scheduled = false;
  const drain = async (): Promise<void> => {
    while (waiting.length && !socket.closed) {
      try {
        await socket.send(waiting[0]);
        waiting.shift();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EBUSY') waiting.shift();
        await new Promise(setImmediate);
      }
    }
    scheduled = false;
  };
  return {
    send(frames) {
      if (!waiting.length) {
        try {
          return socket.send(frames).catch(() => {});
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return Promise.resolve();
        }
      }
      waiting.push(frames);
      if (!scheduled) {
        // not at once: a step of a cell may be broken off anywhere, even in here
        setImmediate(() => void drain());
        scheduled = true;
      }
      return Promise.resolve();
    },
    close: () => socket.close(),
  };
}
