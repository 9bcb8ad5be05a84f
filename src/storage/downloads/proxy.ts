import { EnvHttpProxyAgent } from 'undici';

/**
 * Makes a connection through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, in upper or lower case.
 * @throws Error if one of them is not an address; it is not shown, since it may hold a password
 */
export function throughProxy(options: EnvHttpProxyAgent.Options = {}): EnvHttpProxyAgent {
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    throw new Error('HTTPS_PROXY, HTTP_PROXY: expected an address like http://HOST:PORT; got something else.');
  }
}
