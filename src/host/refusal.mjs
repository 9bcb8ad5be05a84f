// @ts-check

/**
 * Tells whether an error means that this machine is refused, so that a retry would end the same: by a bucket, because
 * of its credentials, rights, name or region (`refused`, which `s3Error` sets), or by a file system.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isRefusal(error) {
  if (!(error instanceof Error)) return false;
  const { refused, code } = /** @type {Error & { refused?: boolean, code?: string }} */ (error);
  return refused === true || ['EACCES', 'EPERM', 'EROFS'].includes(code ?? '') || isRefusal(error.cause);
}
