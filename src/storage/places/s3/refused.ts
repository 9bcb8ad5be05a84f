import type { S3Error } from './s3-error.ts';

/**
 * S3 error codes with a status of 4xx that another try may change: too much at once, two at once, a broken connection.
 * Taken from "Error responses" of the Amazon S3 API reference (2026) and the SDK's own list of throttling.
 */
const TEMPORARY: ReadonlySet<string> = new Set([
  'RequestTimeout', // 400: nothing came for too long
  'IncompleteBody',
  'BadDigest', // the data received differ from those sent
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'ClientTokenConflict',
  'ConditionalRequestConflict',
  'OperationAborted', // another operation is under way
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

/** Temporary statuses regardless of the code, for answers without one (to HEAD): timeout, conflict, too many. */
const TEMPORARY_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** How a connection ends if one side does not speak TLS, or the other's certificate is not trusted. */
const OF_TLS =
  /^(EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT\w+)$/;

/**
 * Tells whether an error means that the same request would end the same: because of credentials, rights, the bucket's
 * name or region, a clock, or a method that the server lacks. Not if something is busy, away, or broke off; nor if only
 * a file is missing.
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
