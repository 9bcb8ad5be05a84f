// Jupyter's control channel (jupyter_client/docs/messaging.rst): what shall be heard while a cell runs.
'use strict';
const { readFileSync } = require('node:fs');
const { following, signed } = require('./signed.cjs');

/**
 * Listens on the channel; answers and reports interrupts, and hands on all other requests with their frames, of which
 * it reports the kernel's end. What is not signed with the kernel's key is not heard.
 * @returns a promise of what replies go out by
 */
exports.listen = async (zmq, connectionFile, { interrupt, ending, others }) => {
  const { transport, ip, control_port: port, key } = JSON.parse(readFileSync(connectionFile, 'utf8'));
  const socket = new zmq.Router();
  await socket.bind(`${transport}://${ip}:${port}`);
  // zeromq.js sends one message at a time; one whose asker has gone away cannot be sent, and is no reason to end
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
