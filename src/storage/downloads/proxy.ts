import { EnvHttpProxyAgent } from 'undici';

/**
 * A connection through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, in either case of letters.
 * @throws Error where one of them is no address; it is not shown, since it may hold a password
 */
export function throughProxy(options: EnvHttpProxyAgent.Options = {}): EnvHttpProxyAgent {
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    throw new Error('HTTPS_PROXY, HTTP_PROXY: expected an address like http://HOST:PORT; got something else.');
  }
}
