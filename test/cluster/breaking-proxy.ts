import { connect, createServer } from 'node:net';

/** Stands before a server and breaks connections off. */
export interface BreakingProxy {
  readonly endpoint: string;
  /** Breaks off the next answer after so many bytes. */
  breakAfter(bytes: number): void;
  /** How many were broken off. */
  readonly broken: () => number;
  close(): Promise<void>;
}

/** @param endpoint `http://127.0.0.1:PORT` */
export async function breakingProxy(endpoint: string): Promise<BreakingProxy> {
  const { hostname, port } = new URL(endpoint);
  let left: number | undefined;
  let broken = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (left === undefined) return void client.write(chunk);
      if (chunk.length < left) {
        left -= chunk.length;
        return void client.write(chunk);
      }
      const some = chunk.subarray(0, left);
      left = undefined;
      broken++;
      client.end(some, () => client.destroy());
      return upstream.destroy();
    });
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    breakAfter: (bytes) => void (left = bytes),
    broken: () => broken,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
