// Jupyter's stdin channel (jupyter_client/docs/messaging.rst, "Messages on the stdin channel"): asks the front end for
// a line, whether or not the main thread waits for it.
'use strict';
const { readFileSync } = require('node:fs');
const { signed } = require('./signed.cjs');

/**
 * Listens on the channel.
 * @param answered called once with a request's id and its answer: a `value`, `stopped`, or `lost` if nobody is there
 * @returns a promise of functions that ask, that tell that nobody waits any more, and that close
 */
exports.listenForInput = async (zmq, connectionFile, answered) => {
  const { transport, ip, stdin_port: port, key } = JSON.parse(readFileSync(connectionFile, 'utf8'));
  const socket = new zmq.Router({ mandatory: true });
  await socket.bind(`${transport}://${ip}:${port}`);
  const waiting = new Set();
  const answer = (id, given) => waiting.delete(id) && answered(id, given);
  const hear = async () => {
    for await (const frames of socket) {
      const reply = signed(frames, key);
      if (reply?.header.msg_type !== 'input_reply') continue;
      const [, parent, , content] = reply.frames.slice(-4).map((part) => JSON.parse(part.toString()));
      // a front end that names no request answers the oldest
      const id = waiting.has(parent.msg_id) ? parent.msg_id : [...waiting][0];
      answer(id, { value: String(content.value ?? '') });
    }
  };
  void hear();
  return {
    ask(id, frames) {
      waiting.add(id);
      socket.send(frames).catch(() => answer(id, { lost: true }));
    },
    stop: () => [...waiting].forEach((id) => answer(id, { stopped: true })),
    close: () => socket.close(),
  };
};
