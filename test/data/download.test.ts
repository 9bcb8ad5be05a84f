import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import * as tar from 'tar';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadCifar10 } from '../../src/data/cifar10.ts';
import { download } from '../../src/data/download.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const md5 = createHash('md5').update(content).digest('hex');
let server: Server;
let url: string;
let folder: string;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
});
afterAll(() => void server.close());
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'download-'));
  requests = [];
  return () => rmSync(folder, { recursive: true });
});

/** A well-behaved server that serves ranges of `content`, breaking off after `limit` bytes in the first request. */
function serve(limit: number, { ranges = true, etag = (_: number): string => '"a"' } = {}): void {
  answer = (request, response, count) => {
    const tag = etag(count);
    const from = ranges && request.headers['if-range'] === tag ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const rest = content.subarray(from);
    response.writeHead(from ? 206 : 200, {
      'content-length': rest.length,
      etag: tag,
      ...(from && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    if (count === 1 && limit < rest.length) response.write(rest.subarray(0, limit), () => setTimeout(() => response.destroy(), 30));
    else response.end(rest);
  };
}

describe('download', () => {
  it('puts the file in place once its MD5 is right, and does not fetch it again', async () => {
    serve(Infinity);
    const to = path.join(folder, 'file.bin');
    expect(await download({ url, md5 }, to)).toBe(true);
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(await download({ url, md5 }, to)).toBe(false);
    expect(requests).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['file.bin']);
  });

  it('goes on where it broke off', async () => {
    serve(100_000);
    await download({ url, md5, bytes: content.length }, path.join(folder, 'file.bin'));
    expect(requests).toHaveLength(2);
    expect(Number(/bytes=(\d+)-/.exec(requests[1].headers.range!)![1])).toBeGreaterThan(0);
    expect(readFileSync(path.join(folder, 'file.bin')).equals(content)).toBe(true);
  });

  it('starts again where the server ignores ranges or the file has changed', async () => {
    serve(100_000, { ranges: false });
    await download({ url, md5 }, path.join(folder, 'a.bin'));
    expect(readFileSync(path.join(folder, 'a.bin')).equals(content)).toBe(true);
    requests = [];
    serve(100_000, { etag: (count) => `"version ${count}"` });
    await download({ url, md5 }, path.join(folder, 'b.bin'));
    expect(readFileSync(path.join(folder, 'b.bin')).equals(content)).toBe(true);
  });

  it('keeps a wrong file apart and the old one untouched', async () => {
    answer = (_, response) => response.end('something else');
    const to = path.join(folder, 'file.bin');
    writeFileSync(to, 'old');
    await expect(download({ url, md5 }, to)).rejects.toThrow(new RegExp(`expected a file with MD5 ${md5}; got 14 bytes with MD5 .*kept apart as .*file\\.bin\\.rejected`));
    expect(readFileSync(to, 'utf8')).toBe('old');
    expect(readFileSync(`${to}.rejected`, 'utf8')).toBe('something else');
  });

  it('refuses a web page, a wrong length and an error at once', async () => {
    const to = path.join(folder, 'file.bin');
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    await expect(download({ url, md5 }, to)).rejects.toThrow(/expected a file; the server sent a web page/);
    serve(Infinity);
    await expect(download({ url, md5, bytes: 7 }, to)).rejects.toThrow(/expected 7 bytes; the server announces 300000/);
    answer = (_, response) => response.writeHead(404).end();
    await expect(download({ url, md5 }, to)).rejects.toThrow(/answered 404/);
    expect(requests).toHaveLength(3);
    expect(existsSync(to)).toBe(false);
  });

  it('gives up on a server that says nothing, keeping what came', async () => {
    answer = (_, response) => response.writeHead(200, { etag: '"a"', 'content-length': content.length }).write(content.subarray(0, 1000));
    await expect(download({ url, md5 }, path.join(folder, 'file.bin'), { tries: 1, idleMs: 100 })).rejects.toThrow(/broke off 1 times.*no data for 0\.1 s/);
    expect(existsSync(path.join(folder, 'file.bin.part'))).toBe(true);
    server.closeAllConnections();
  });
});

describe('downloadCifar10', () => {
  it('unpacks a verified archive, leaving out what does not belong', async () => {
    const source = path.join(folder, 'source', 'cifar-10-batches-bin');
    mkdirSync(source, { recursive: true });
    for (const name of ['data_batch_1.bin', 'data_batch_2.bin', 'data_batch_3.bin', 'data_batch_4.bin', 'data_batch_5.bin', 'test_batch.bin', 'evil.sh']) writeFileSync(path.join(source, name), name);
    const file = path.join(folder, 'source.tar.gz');
    await tar.create({ gzip: true, file, cwd: path.join(folder, 'source') }, ['cifar-10-batches-bin']);
    const bytes = readFileSync(file);
    answer = (_, response) => response.end(bytes);
    const archive = { url, md5: createHash('md5').update(bytes).digest('hex') };
    const unpacked = await downloadCifar10({ to: path.join(folder, 'data'), archive });
    expect(readdirSync(unpacked).sort()).toEqual(['data_batch_1.bin', 'data_batch_2.bin', 'data_batch_3.bin', 'data_batch_4.bin', 'data_batch_5.bin', 'test_batch.bin']);
    expect(readdirSync(path.join(folder, 'data'))).toEqual(['cifar-10-batches-bin']);
    await downloadCifar10({ to: path.join(folder, 'data'), archive });
    expect(requests).toHaveLength(1);
  });
});
