import { expect, it } from 'vitest';
import { isRefusal } from '../../src/host/refusal.mjs';
import { s3Error } from '../../src/storage/places/s3/s3-error.ts';

/** An error as the SDK throws it. */
const thrown = (name: string, status?: number, code?: string, message = name): Error =>
  Object.assign(new Error(message), {
    name,
    ...(code && { code }),
    ...(status && { $metadata: { httpStatusCode: status, attempts: 1 } }),
  });

// codes and statuses of "Error responses", Amazon S3 API reference
it.each([
  // who asks, and what may be asked for
  [thrown('CredentialsProviderError', undefined, undefined, 'Could not load credentials from any providers'), true],
  [thrown('TokenProviderError', undefined, undefined, 'SSO session has expired'), true],
  [thrown('AccessDenied', 403), true],
  [thrown('403', 403), true], // to HEAD, which has no body
  [thrown('AllAccessDisabled', 403), true],
  [thrown('AccountProblem', 403), true],
  [thrown('InvalidAccessKeyId', 403), true],
  [thrown('SignatureDoesNotMatch', 403), true],
  [thrown('RequestTimeTooSkewed', 403), true],
  [thrown('ExpiredToken', 400), true],
  [thrown('InvalidToken', 400), true],
  [thrown('KMS.DisabledException', 400), true],
  // which bucket, and where
  [thrown('NoSuchBucket', 404), true],
  [thrown('InvalidBucketName', 400), true],
  [thrown('PermanentRedirect', 301), true],
  [thrown('AuthorizationHeaderMalformed', 400), true],
  [thrown('Error', undefined, undefined, 'Region is missing'), true],
  [thrown('MethodNotAllowed', 405), true],
  [thrown('NotImplemented', 501), true],
  [thrown('Error', undefined, 'EPROTO'), true],
  [thrown('Error', undefined, 'SELF_SIGNED_CERT_IN_CHAIN'), true],
  // too much, two at once, a line that breaks, a server that is away
  [thrown('SlowDown', 503), false],
  [thrown('ServiceUnavailable', 503), false],
  [thrown('InternalError', 500), false],
  [thrown('TooManyRequestsException', 429), false],
  [thrown('429', 429), false],
  [thrown('RequestTimeout', 400), false],
  [thrown('IncompleteBody', 400), false],
  [thrown('BadDigest', 400), false],
  [thrown('RequestLimitExceeded', 403), false],
  [thrown('OperationAborted', 409), false],
  [thrown('ConditionalRequestConflict', 409), false],
  [thrown('TemporaryRedirect', 307), false],
  [thrown('TimeoutError'), false],
  [thrown('Error', undefined, 'ECONNRESET'), false],
  [thrown('Error', undefined, 'ECONNREFUSED'), false],
  [thrown('Error', undefined, 'EAI_AGAIN'), false],
  // a file that is not there is no refusal
  [thrown('NoSuchKey', 404), false],
  [thrown('NotFound', 404), false],
])('%s of a bucket’s is what another try does not change: %s', (cause, refused) => {
  const error = s3Error(cause, { bucket: 'b', what: 's3://b/x cannot be read' });
  expect(isRefusal(error)).toBe(refused);
  expect(isRefusal(new Error('plan 0 cannot be read', { cause: error }))).toBe(refused);
});

it.each([
  ['EACCES', true],
  ['EROFS', true],
  ['ENOSPC', false],
  ['EIO', false],
  ['ESTALE', false],
])('%s of a folder’s is what another try does not change: %s', (code, refused) => {
  const cause = Object.assign(new Error(code), { code });
  expect(isRefusal(new Error('/shared/x cannot be written', { cause }))).toBe(refused);
});
