import { withoutPasswords } from '../../text/addresses.mjs';
import { collect } from './collect.ts';
import { PictureError } from './picture-error.ts';

/** The most redirects that are followed. */
const MOST_REDIRECTS = 5;

/**
 * Fetches a picture by http or https. Redirects are followed a few times, never to another scheme or from https back to
 * http. Which hosts an address may name is not looked at.
 * @throws PictureError naming the address
 */
export async function fetchUpTo(url: URL, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const shown = withoutPasswords(url.href);
  const refused = (what: string, cause?: unknown): PictureError => new PictureError(`${shown}: ${what}`, { cause });
  let at = url;
  for (let hops = 0; ; hops++) {
    if (at.protocol !== 'http:' && at.protocol !== 'https:')
      throw refused(`expected an address of http or https; got ${hops ? 'a redirect to ' : ''}${at.protocol}//.`);
    if (hops > MOST_REDIRECTS) throw refused(`expected at most ${MOST_REDIRECTS} redirects; it has more.`);
    const response = await fetched(at, signal, refused);
    const next = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && next !== null) {
      await response.body?.cancel();
      if (!URL.canParse(next, at)) throw refused('expected a redirect to an address; got none.');
      const to = new URL(next, at);
      if (at.protocol === 'https:' && to.protocol === 'http:')
        throw refused('expected https to the end; it redirects to http.');
      at = to;
      continue;
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw refused(`expected a picture; the server answers ${response.status}.`);
    }
    const body = response.body as unknown as AsyncIterable<Uint8Array>; // Node.js' is
    return collect(body[Symbol.asyncIterator](), maxBytes, signal);
  }
}

async function fetched(
  at: URL,
  signal: AbortSignal,
  refused: (what: string, cause?: unknown) => PictureError,
): Promise<Response> {
  try {
    return await fetch(at, { redirect: 'manual', signal });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const why = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
    throw refused(`expected a picture; it cannot be fetched: ${withoutPasswords(why)}.`, cause);
  }
}
