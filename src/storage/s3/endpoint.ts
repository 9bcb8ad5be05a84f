/** A server that is no part of AWS: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`. */
export const endpoint = (): string | undefined =>
  process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL || undefined;
