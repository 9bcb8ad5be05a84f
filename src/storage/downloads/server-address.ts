/** A server as an environment variable names it. */
export interface ServerAddress {
  /** Without a `/` at its end, and without name and password: it may be shown. */
  readonly url: string;
  /** The header that name and password in the address come to. */
  readonly authorization?: string;
}

/**
 * Reads a server's address from an environment variable; undefined where that is not set.
 * @throws Error where it is no address with a scheme
 */
export function serverAddress(variable: string): ServerAddress | undefined {
  const text = process.env[variable]?.trim();
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    const shown = text.includes('@') ? `***${text.slice(text.lastIndexOf('@'))}` : text;
    throw new Error(`${variable}: expected an address like https://HOST or http://HOST:PORT; got "${shown}".`);
  }
  const [user, password] = [url.username, url.password].map(decoded);
  url.username = url.password = '';
  return {
    url: url.href.replace(/\/+$/, ''),
    ...((user || password) && { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that stands for itself
  }
}
