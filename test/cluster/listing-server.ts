import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A server that answers ListObjectsV2 and GetObject as AWS documents them, with keys that other servers do not take.
 * @param objects by key, as bytes in latin1, so that a key need not be UTF-8
 * @param encodes whether it knows `encoding-type=url`
 */
export async function listingServer(
  objects: ReadonlyMap<string, Uint8Array>,
  { encodes = true }: { readonly encodes?: boolean } = {},
): Promise<{ readonly endpoint: string; readonly close: () => void }> {
  const list = (answer: ServerResponse, query: URLSearchParams): void => {
    const prefix = Buffer.from(query.get('prefix') ?? '').toString('latin1');
    const asUrl = encodes && query.get('encoding-type') === 'url';
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const contents = keys.map((key) => {
      const size = objects.get(key)!.length;
      return `<Contents><Key>${asUrl ? urlEncoded(key) : escaped(key)}</Key><Size>${size}</Size><ETag>"${size}"</ETag></Contents>`;
    });
    const more = asUrl ? '<EncodingType>url</EncodingType>' : '';
    const xml = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>false</IsTruncated>${more}${contents.join('')}</ListBucketResult>`;
    answer.writeHead(200, { 'content-type': 'application/xml' }).end(Buffer.from(xml, 'latin1'));
  };
  const server = createServer((request, answer) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (searchParams.get('list-type') === '2') return list(answer, searchParams);
    const key = unescape(pathname.replace(/^\/graft\//, ''));
    const bytes = objects.get(key);
    if (!bytes) return void answer.writeHead(404).end();
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = start === undefined ? bytes : bytes.subarray(Number(start), Number(end) + 1);
    answer.writeHead(start === undefined ? 200 : 206, { 'content-length': part.length }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

/** As S3 does: each byte that is not plain as %XX, a space as +. */
const urlEncoded = (key: string): string =>
  key.replace(/[^\w./~-]/g, (one) =>
    one === ' ' ? '+' : `%${one.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );

const escaped = (key: string): string =>
  // eslint-disable-next-line no-control-regex -- these are what it is about
  key.replace(/[&<>"\u0000-\u001f]/g, (one) => `&#x${one.charCodeAt(0).toString(16)};`);
