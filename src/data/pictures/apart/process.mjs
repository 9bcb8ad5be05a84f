/**
 * Decodes pictures in a process of its own, for apart.ts: nobody knows beforehand how long a drawing (SVG) takes, and a
 * HEIC photo is decoded on the JavaScript thread; a process can be ended at any moment.
 *
 * Messages, one picture after another: { open: { bytes, format, opening }, seconds } → { facts }; { steps } → { levels
 * }; any failure → { error }. If a picture takes more processor time than `seconds`, this process ends with code 124.
 */
import { heicAsTiff } from './heic.mjs';
import { describePicture, levelsOf, PIXEL_LIMIT } from './levels.mjs';

/** Its exit code if a picture took too long. */
const TOO_LONG = 124;
let given;
let opening;
let limit = Infinity;
let started = 0;

const spent = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
setInterval(() => spent() - started > limit && process.exit(TOO_LONG), 200).unref();

process.on('disconnect', () => process.exit(0)); // the process that wanted it is gone
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; the parent ends this process
process.on('message', async (message) => {
  const answer = (content) => {
    limit = Infinity;
    if (process.connected) process.send(content);
  };
  [started, limit] = [spent(), message.seconds];
  try {
    if (message.open) {
      const { bytes, format } = message.open;
      opening = message.open.opening;
      given = { bytes: format === 'heic' ? await heicAsTiff(bytes, PIXEL_LIMIT) : bytes };
      answer({ facts: await describePicture(given, opening) });
    } else answer({ levels: await levelsOf(given, opening, message.steps) });
  } catch (error) {
    answer({ error: error.message });
  }
});
