import { serverAddress } from '../../downloads/server-address.ts';

/**
 * A server that is no part of AWS: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`.
 * @throws Error where it is no address with a scheme, or holds a password, which nothing would be done with
 */
export function s3Endpoint(): string | undefined {
  const variable = process.env.AWS_ENDPOINT_URL_S3 ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL';
  const address = serverAddress(variable);
  if (address?.authorization)
    throw new Error(
      `${variable}: expected an address without name and password, since S3 is asked with AWS_ACCESS_KEY_ID and ` +
        `AWS_SECRET_ACCESS_KEY; got ${address.url.replace('://', '://***@')}.`,
    );
  return address?.url;
}
