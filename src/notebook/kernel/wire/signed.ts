import { createRequire } from 'node:module';

/** A message from someone with the kernel's key. */
export interface Signed {
  readonly identities: readonly Buffer[];
  readonly header: { readonly msg_type: string };
  readonly frames: Buffer[];
  /** The binary parts, which are not signed. */
  readonly buffers: readonly Buffer[];
}

/** Functions shared with the second thread, which loads no TypeScript. */
export const { following, signed } = createRequire(import.meta.url)('../run/thread/signed.cjs') as {
  following(
    identities: readonly Buffer[],
    parent: object,
    type: string,
    content: object,
    key: string,
    id?: string,
    beside?: { readonly metadata?: object; readonly buffers?: readonly Uint8Array[] },
  ): unknown[];
  signed(frames: readonly Buffer[], key: string): Signed | undefined;
};
