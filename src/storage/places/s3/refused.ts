import type { S3Error } from './s3-error.ts';

/**
 * Codes of S3's with a status of 4xx that another try may change: too much at once, two at once, a line that breaks. As
 * "Error responses" of the Amazon S3 API reference has them (2026), and the SDK's own list of throttling.
 */
const TEMPORARY: ReadonlySet<string> = new Set([
  'RequestTimeout', // 400: nothing came for too long
  'IncompleteBody',
  'BadDigest', // what came is not what was sent
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'ClientTokenConflict',
  'ConditionalRequestConflict',
  'OperationAborted', // 409: something else is under way
  'TemporaryRedirect',
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'Busy',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequests',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'PriorRequestNotComplete',
  'TransactionInProgressException',
  'EC2ThrottledException',
]);

/** Statuses that say the same whatever the code, for answers without one (to HEAD): timeout, conflict, too many. */
const TEMPORARY_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** What a connection ends with where one side speaks no TLS, or the other's certificate is not trusted. */
const OF_TLS =
  /^(EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT\w+)$/;

/**
 * Whether an error says that the same request ends the same: credentials, rights, the bucket's name or region, a clock,
 * a method that the server has not. Not where something is busy, away, or broke off; nor where just a file is missing.
 */
export function isRefused(error: S3Error): boolean {
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined)
    return isWithoutCredentials(error) || OF_TLS.test(error.code ?? '') || /Region is missing/.test(error.message);
  if (TEMPORARY.has(error.name) || TEMPORARY_STATUS.has(status)) return false;
  if (error.name === 'NoSuchBucket' || status === 301 || status === 501) return true;
  return status >= 400 && status < 500 && status !== 404 && status !== 412 && status !== 416;
}

/** Whether the SDK has found no credentials, of any kind. */
export const isWithoutCredentials = (error: S3Error): boolean =>
  error.$metadata?.httpStatusCode === undefined &&
  /^Credentials|^TokenProvider|credential/i.test(`${error.name} ${error.message}`);
