// Jupyter's heartbeat (jupyter_client/docs/messaging.rst): gives back whatever comes, while a cell runs too.
'use strict';
const { readFileSync } = require('node:fs');

/**
 * Beats. A Router and not a Reply socket, as tslab has it: that one may only answer in turns, and is stuck for good with
 * the first answer that cannot be sent.
 * @returns a promise of the socket
 */
exports.beat = async (zmq, connectionFile) => {
  const { transport, ip, hb_port: port } = JSON.parse(readFileSync(connectionFile, 'utf8'));
  const socket = new zmq.Router();
  await socket.bind(`${transport}://${ip}:${port}`);
  const echo = async () => {
    for await (const frames of socket) await socket.send(frames).catch(() => {});
  };
  void echo();
  return socket;
};
