import { serverAddress } from '../../downloads/server-address.ts';

/**
 * Gives a server outside AWS: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`.
 * @throws Error if it is not an address with a scheme, or contains a password, which would be ignored
 */
export function s3Endpoint(): string | undefined {
  const variable = process.env.AWS_ENDPOINT_URL_S3 ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL';
  const address = serverAddress(variable);
  if (address?.authorization)
    throw new Error(
      `${variable}: expected an address without name and password, because S3 takes AWS_ACCESS_KEY_ID and ` +
        `AWS_SECRET_ACCESS_KEY; got ${address.url.replace('://', '://***@')}.`,
    );
  return address?.url;
}
