// Jupyter's control channel (jupyter_client/docs/messaging.rst): what shall be heard while a cell runs.
'use strict';
const { createHmac, randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');

const DELIMITER = '<IDS|MSG>';

/**
 * Listens on the channel; answers and reports interrupts, and hands on all other requests with their frames.
 * @returns a promise of the socket, which replies go out by
 */
exports.listen = async (zmq, connectionFile, { interrupt, others }) => {
  const { transport, ip, control_port: port, key } = JSON.parse(readFileSync(connectionFile, 'utf8'));
  const socket = new zmq.Router();
  await socket.bind(`${transport}://${ip}:${port}`);
  const sign = (parts) => parts.reduce((hmac, part) => hmac.update(part), createHmac('sha256', key)).digest('hex');
  const hear = async () => {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
      const [signature, ...parts] = frames.slice(at + 1);
      const request = JSON.parse(parts[0].toString());
      if (request.msg_type !== 'interrupt_request') others(frames);
      else if (signature.toString() === sign(parts.slice(0, 4))) {
        interrupt();
        const header = {
          ...request,
          msg_type: 'interrupt_reply',
          msg_id: randomUUID(),
          date: new Date().toISOString(),
        };
        const reply = [header, request, {}, { status: 'ok' }].map((part) => JSON.stringify(part));
        await socket.send([...frames.slice(0, at), DELIMITER, sign(reply), ...reply]);
      }
    }
  };
  void hear();
  return socket;
};
