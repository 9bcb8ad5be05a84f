/** Fetches a wheel from the index of Python packages by Node.js, where the set-up needs no Python otherwise. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withoutPasswords } from '../text/addresses.mjs';

const INDEX = 'https://pypi.org/simple';
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
/** How long an answer, and a whole download, may take, in ms. */
const [ANSWER_MS, DOWNLOAD_MS] = [60_000, 900_000];

/**
 * Fetches a wheel (PEP 503 and 691: an index answers in HTML or JSON).
 * @param {string} project `openvino`
 * @param {{ name: string, sha256: string }} wheel
 * @param {string} file where it is put
 * @param {NodeJS.ProcessEnv} [env] `PIP_INDEX_URL` names another index
 * @throws Error with the address, without passwords
 */
export async function fetchWheel(project, { name, sha256 }, file, env = process.env) {
  const index = (env.PIP_INDEX_URL || INDEX).replace(/\/*$/, '/');
  const page = new URL(`${project}/`, index);
  const answer = await get(page, ANSWER_MS, { Accept: `${JSON_TYPE}, text/html;q=0.5` });
  const found = addressIn(await answer.text(), name);
  if (!found) throw new Error(`expected ${name} at ${shown(page)}; it is not listed there.`);
  const address = new URL(found, answer.url || page);
  if (address.host === page.host) [address.username, address.password] = [page.username, page.password];
  const { body } = await get(address, DOWNLOAD_MS);
  const hash = createHash('sha256');
  const hashed = async function* (chunks) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.fromWeb(body), hashed, createWriteStream(file));
  const got = hash.digest('hex');
  if (got !== sha256) throw new Error(`${shown(address)}: expected the SHA-256 ${sha256}; got ${got}.`);
}

/** Finds a file's address in an index's answer. */
function addressIn(text, name) {
  if (text.trimStart().startsWith('{')) return JSON.parse(text).files.find((one) => one.filename === name)?.url;
  const links = text.matchAll(/<a\s[^>]*href="([^"#]*)[^"]*"[^>]*>\s*([^<]*?)\s*<\/a>/gi);
  return [...links].find(([, , shownName]) => shownName === name)?.[1].replaceAll('&amp;', '&');
}

/** Asks an address; a name and password in it become a header, since `fetch` refuses them there. */
async function get(address, ms, headers = {}) {
  const bare = new URL(address);
  const { username, password } = bare;
  [bare.username, bare.password] = ['', ''];
  const key = [username, password].map(decodeURIComponent).join(':');
  const sent = username ? { ...headers, Authorization: `Basic ${Buffer.from(key).toString('base64')}` } : headers;
  const options = { headers: sent, signal: AbortSignal.timeout(ms), ...(await throughProxy()) };
  let answer;
  try {
    answer = await fetch(bare, options);
  } catch (cause) {
    throw new Error(`${shown(address)} was not reached: ${(cause.cause ?? cause).message}`, { cause });
  }
  if (!answer.ok) throw new Error(`${shown(address)}: expected the answer 200; got ${answer.status}.`);
  return answer;
}

/** Gives what makes `fetch` go through the proxy that the environment names; the package may not be installed. */
async function throughProxy() {
  try {
    const { EnvHttpProxyAgent } = await import('undici');
    return { dispatcher: new EnvHttpProxyAgent() };
  } catch {
    return {};
  }
}

const shown = (address) => withoutPasswords(String(address));
