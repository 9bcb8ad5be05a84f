// Jupyter's control channel (jupyter_client/docs/messaging.rst): messages to be heard while a cell runs.
'use strict';
const { readFileSync } = require('node:fs');
const { following, signed } = require('./signed.cjs');

/**
 * Listens on the channel: answers and reports interrupts, passes on all other requests with their frames, and also
 * reports the one that ends the kernel. Messages not signed with the kernel's key are ignored.
 * @returns a promise of an object that sends replies and closes the channel
 */
exports.listen = async (zmq, connectionFile, { interrupt, ending, others }) => {
  const { transport, ip, control_port: port, key } = JSON.parse(readFileSync(connectionFile, 'utf8'));
  const socket = new zmq.Router();
  await socket.bind(`${transport}://${ip}:${port}`);
  // zeromq.js sends one message at a time; if the asker has gone away its reply cannot be sent, which is no reason to
  // end
  let sent = Promise.resolve();
  const send = (frames) => (sent = sent.then(() => socket.send(frames)).catch(() => {}));
  const answer = (frames) => {
    const request = signed(frames, key);
    if (!request) return;
    const { identities, header: parent } = request;
    if (parent.msg_type === 'shutdown_request') ending();
    if (parent.msg_type !== 'interrupt_request') return others(frames);
    interrupt();
    void send(following(identities, parent, 'interrupt_reply', { status: 'ok' }, key));
  };
  const hear = async () => {
    for await (const frames of socket) answer(frames);
  };
  void hear();
  return { send, close: () => socket.close() };
};
