import { it } from 'vitest';
import * as setup from '../src/setup/parts/peers.mjs';

/** Their Python, where it is there. */
export const peers = (setup as { peersPython(): string | undefined }).peersPython();

/**
 * A test that runs Keras, TensorFlow's Python or NumPy; skipped, and counted as skipped, where they are not there.
 * @param options.skip why it is skipped anyhow
 */
export function itWithPeers(
  title: string,
  body: (python: string) => void | Promise<void>,
  { skip }: { readonly skip?: string } = {},
): void {
  it(title, async (context) => {
    if (skip) context.skip(skip);
    else if (!peers) context.skip('needs Keras and NumPy: npm run setup -- --peers');
    else await body(peers);
  });
}
