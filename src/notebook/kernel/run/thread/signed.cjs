// Whether a message comes from someone with the kernel's key (jupyter_client/docs/messaging.rst, "The Wire Protocol").
'use strict';
const { createHmac, randomUUID, timingSafeEqual } = require('node:crypto');

const DELIMITER = Buffer.from('<IDS|MSG>');
/** The number of signed parts: header, parent's header, metadata, content. */
const PARTS = 4;

/**
 * Checks a message's signature before anything in it is read, since every user of the machine can reach a kernel's
 * ports.
 * @param frames the Buffers as received: identities, delimiter, signature, parts, buffers
 * @returns its identities, its header, its signed parts and its buffers; undefined if it is unsigned, wrongly signed or
 * no message at all
 */
exports.signed = (frames, key) => {
  const at = frames.findIndex((frame) => DELIMITER.equals(frame));
  const whole = frames.slice(0, at + 2 + PARTS); // without buffers, which are not signed
  const [signature, ...parts] = at < 0 ? [] : whole.slice(at + 1);
  if (!key || parts.length < PARTS || !isRight(signature, sign(parts, key))) return undefined;
  try {
    const [header, ...others] = parts.map((part) => JSON.parse(part.toString()));
    const known = isObject(header) && typeof header.msg_type === 'string' && others.every(isObject);
    return known
      ? { identities: frames.slice(0, at), header, frames: whole, buffers: frames.slice(at + 2 + PARTS) }
      : undefined;
  } catch {
    return undefined;
  }
};

/** Gives a message's signature, hexadecimal. @param parts texts or Buffers */
const sign = (parts, key) => parts.reduce((hmac, part) => hmac.update(part), createHmac('sha256', key)).digest('hex');

/**
 * Gives a message that belongs to another one, with its signature. @param contents header, parent's header, metadata,
 * content
 */
exports.message = (identities, contents, key) => {
  const parts = contents.map((part) => JSON.stringify(part));
  return [...identities, DELIMITER, sign(parts, key), ...parts];
};

/** The kernel's own version of the protocol. */
const VERSION = '5.3';

/**
 * Makes a message that follows a request: its answer, a status, or a question to its sender. @param parent the
 * request's header @param id the message's own id @param beside metadata, which is signed, and buffers, which are not
 */
exports.following = (
  identities,
  parent,
  type,
  content,
  key,
  id = randomUUID(),
  { metadata = {}, buffers = [] } = {},
) => {
  const date = new Date().toISOString();
  const header = { ...parent, msg_type: type, msg_id: id, version: VERSION, date };
  return [...exports.message(identities, [header, parent, metadata, content], key), ...buffers];
};

const isRight = (signature, expected) =>
  signature.length === expected.length && timingSafeEqual(signature, Buffer.from(expected));
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
