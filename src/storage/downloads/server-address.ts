/** A server that an environment variable names. */
export interface ServerAddress {
  /** The address without a `/` at its end, and without name and password, so that it may be shown. */
  readonly url: string;
  /** The header made from name and password in the address. */
  readonly authorization?: string;
}

/**
 * Reads a server's address from an environment variable; undefined if that is not set.
 * @throws Error if it is not an address with a scheme
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
