import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, S3Client } from './s3-client.ts';
import { isRefused } from './refused.ts';
import { isUnreachable, type S3Error, statusOf } from './s3-error.ts';

/** Seconds for which a server that has not answered yet is waited for, and one that has: a restart takes its time. */
const [FIRST, LATER] = [10, 60];

/**
 * Waits for a server that is away for longer than the SDK's own retries last (3 seconds). `AWS_MAX_ATTEMPTS`, where it
 * is set, is all there is.
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
