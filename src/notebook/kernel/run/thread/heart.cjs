// Jupyter's heartbeat (jupyter_client/docs/messaging.rst): sends back whatever comes, even while a cell runs.
'use strict';
const { readFileSync } = require('node:fs');

/**
 * Answers the heartbeat. It uses a Router socket, not a Reply socket as tslab does: a Reply socket may only answer in
 * turns, and is stuck for good after the first answer that cannot be sent.
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
