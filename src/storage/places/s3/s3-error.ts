import { s3Endpoint } from './endpoint.ts';
import { isRefused, isWithoutCredentials } from './refused.ts';

/** The parts of the SDK's errors that are used. */
export interface S3Error extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

export const statusOf = (error: unknown): number | undefined => (error as S3Error).$metadata?.httpStatusCode;

/**
 * Says what happened, in words, and what to do.
 * @returns an error whose `code` is ENOENT if a file is not there, and with `refused` if another try would end the same
 */
export function s3Error(cause: S3Error, { bucket, what }: { readonly bucket: string; readonly what: string }): Error {
  const error = new Error(`${what}: ${reasonOf(cause, bucket)}`, { cause });
  if (isMissing(cause)) return Object.assign(error, { code: 'ENOENT' });
  return isRefused(cause) ? Object.assign(error, { refused: true }) : error;
}

/** Whether an error says that a file is not there; a missing bucket's error has another name. */
export const isMissing = (error: S3Error): boolean =>
  error.name !== 'NoSuchBucket' && (error.name === 'NoSuchKey' || statusOf(error) === 404);

function reasonOf(error: S3Error, bucket: string): string {
  const server = s3Endpoint() ?? 'AWS';
  if (error.name === 'NoSuchBucket')
    return `there is no bucket "${bucket}" at ${server}. Make it (aws s3 mb s3://${bucket}), or name another one.`;
  if (isMissing(error)) return 'there is no such file.';
  if (isWithoutCredentials(error))
    return `no credentials: ${end(error.message)} Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.`;
  if (/^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken)/.test(error.name))
    return (
      `${server} does not accept the credentials (${error.name}): ${end(error.message)} ` +
      'Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile.'
    );
  if (/^RequestTimeTooSkewed|RequestExpired/.test(error.name))
    return (
      `this machine's clock says ${new Date().toISOString()}, too far from the server's, which refuses what is signed ` +
      'with it. Set the clock (timedatectl set-ntp true).'
    );
  if (statusOf(error) === 403)
    return (
      `not allowed (403 ${error.name}): the credentials are not valid for bucket "${bucket}" at ${server}, or lack the ` +
      'right: s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket are needed.'
    );
  if (
    /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint)/.test(error.name) ||
    statusOf(error) === 301
  )
    return `bucket "${bucket}" is in another region: ${end(error.message)} Set AWS_REGION to it.`;
  if (/Region is missing/.test(error.message)) return 'no region is known. Set AWS_REGION, or region in ~/.aws/config.';
  if (error.code === 'EPROTO')
    return `${server} speaks no TLS there. Is its address http:// and not https://? Look at AWS_ENDPOINT_URL.`;
  if (isUnreachable(error))
    return (
      `${server} does not answer (${error.code ?? error.name}${attempts(error)}). Look at AWS_ENDPOINT_URL and the ` +
      'network, then run it again: what is done is kept.'
    );
  return `${error.name}${statusOf(error) ? ` (HTTP ${statusOf(error)}${attempts(error)})` : ''}: ${error.message}`;
}

/** Whether an error comes from the network, or from a server that is not up. */
export const isUnreachable = (error: S3Error): boolean =>
  /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT)/.test(error.code ?? '') || error.name === 'TimeoutError';

const attempts = ({ $metadata }: S3Error): string =>
  ($metadata?.attempts ?? 1) > 1 ? `, ${$metadata!.attempts} attempts` : '';

const end = (text: string): string => text.replace(/\.?\s*$/, '.');
