import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, S3Client } from './s3-client.ts';
import { isRefused } from './refused.ts';
import { isUnreachable, type S3Error, statusOf } from './s3-error.ts';

/** How many seconds to wait for a server that has not answered yet, and for one that has: a restart takes its time. */
const [FIRST, LATER] = [10, 60];

/**
 * Makes a client wait for an unreachable server longer than the SDK's own retries last (3 seconds). If
 * `AWS_MAX_ATTEMPTS` is set, only that counts.
 */
export function patient(client: S3Client): S3Client {
  if (process.env.AWS_MAX_ATTEMPTS) return client;
  let patience = FIRST;
  return {
    async send<Output>(command: Command<Output>): Promise<Output> {
      const end = performance.now() + patience * 1000;
      for (let earlier = 0; ; await sleep(1000)) {
        try {
          const output = await client.send(command);
          patience = LATER;
          return output;
        } catch (cause) {
          const error = cause as S3Error;
          const attempts = earlier + (error.$metadata?.attempts ?? 1);
          const away = !isRefused(error) && (isUnreachable(error) || (statusOf(error) ?? 0) >= 500);
          if (!away) patience = LATER;
          if (!away || performance.now() > end)
            throw Object.assign(error, { $metadata: { ...error.$metadata, attempts } });
          earlier = attempts;
        }
      }
    },
  };
}
