import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tar from 'tar';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadCifar10 } from '../../src/data/named/cifar10-files.ts';
import { download } from '../../src/storage/downloads/download.ts';
import { hostName, systemName } from '../../src/storage/files/processes.ts';
import { unpack } from '../../src/storage/downloads/unpack.ts';

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

/** Sends the beginning of an answer and ends the connection once all of it has arrived on the disk. */
function breakOff(response: ServerResponse, beginning: Uint8Array): void {
  const arrivedBytes = (): number =>
    readdirSync(folder).reduce(
      (sum, name) => sum + (name.endsWith('.part') ? statSync(path.join(folder, name)).size : 0),
      0,
    );
  const before = arrivedBytes();
  response.write(beginning);
  const arrived = setInterval(() => {
    if (arrivedBytes() < before + beginning.length) return;
    clearInterval(arrived);
    response.destroy();
  }, 5);
}

/** A well-behaved server that serves ranges of `content`, breaking off after `limit` bytes in the first request. */
function serve(limit: number, { ranges = true, etag = (_: number): string => '"a"' } = {}): void {
  answer = (request, response, count) => {
    const tag = etag(count);
    const from =
      ranges && request.headers['if-range'] === tag
        ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
        : 0;
    const rest = content.subarray(from);
    response.writeHead(from ? 206 : 200, {
      'content-length': rest.length,
      etag: tag,
      ...(from && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    if (count === 1 && limit < rest.length) breakOff(response, rest.subarray(0, limit));
    else response.end(rest);
  };
}

describe('download', () => {
  describe('of a file without a published MD5', () => {
    const bytes = content.length;
    const hashed = (hash: string) => {
      answer = (_, response) => {
        response.writeHead(200, { 'content-length': bytes, 'x-goog-hash': hash });
        response.end(content);
      };
    };
    const base64 = Buffer.from(md5, 'hex').toString('base64');

    it("is held to its size and the server's, and not fetched again at that size", async () => {
      const to = path.join(folder, 'file.bin');
      hashed(`crc32c=n03x6A==, md5=${base64}`);
      expect(await download({ url, bytes }, to)).toBe(true);
      expect(readFileSync(to).equals(content)).toBe(true);
      expect(await download({ url, bytes }, to)).toBe(false);
      expect(requests.length).toBe(1);
      writeFileSync(to, content.subarray(0, 1000));
      hashed('crc32c=n03x6A=='); // of composed objects there is no MD5
      expect(await download({ url, bytes }, to)).toBe(true);
      expect(readFileSync(to).equals(content)).toBe(true);
    });

    it('is kept apart where the server sends other bytes than it says', async () => {
      const to = path.join(folder, 'file.bin');
      hashed(`md5=${Buffer.alloc(16).toString('base64')}`);
      await expect(download({ url, bytes }, to)).rejects.toThrow(
        `expected a file of ${bytes} bytes with MD5 ${'0'.repeat(32)}; got ${bytes} bytes with MD5 ${md5}`,
      );
      expect(existsSync(to)).toBe(false);
      expect(existsSync(`${to}.rejected`)).toBe(true);
    });
  });

  it('puts the file in place once its MD5 is right, and does not fetch it again', async () => {
    serve(Infinity);
    const to = path.join(folder, 'file.bin');
    expect(await download({ url, md5 }, to)).toBe(true);
    expect(readFileSync(to).equals(content)).toBe(true);
    writeFileSync(`${to}.part.etag`, '"a"'); // as a process leaves it that is killed when the file has just been put in place
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
    await expect(download({ url, md5 }, to)).rejects.toThrow(
      new RegExp(`expected a file with MD5 ${md5}; got 14 bytes with MD5 .*kept apart as .*file\\.bin\\.rejected`),
    );
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
    answer = (_, response) =>
      response.writeHead(200, { etag: '"a"', 'content-length': content.length }).write(content.subarray(0, 1000));
    await expect(download({ url, md5 }, path.join(folder, 'file.bin'), { tries: 1, idleMs: 2000 })).rejects.toThrow(
      /broke off 1 times.*(no data for|only 1000 bytes in) 2 s/,
    );
    expect(existsSync(path.join(folder, 'file.bin.part'))).toBe(true);
    server.closeAllConnections();
  });
});

describe('a hostile server', () => {
  const to = (): string => path.join(folder, 'file.bin');
  const fetched = (options = {}): Promise<boolean> => download({ url, md5 }, to(), { tries: 2, ...options });

  it('that redirects for ever, or out of the web, is refused', async () => {
    answer = (_, response, count) => response.writeHead(302, { location: `/again/${count}` }).end();
    await expect(fetched()).rejects.toThrow(/the server redirects more than 10 times/);
    expect(requests).toHaveLength(11);
    answer = (_, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end();
    await expect(fetched()).rejects.toThrow(/redirects to file:, which is not followed/);
    answer = (_, response) => response.writeHead(302, { location: 'http://[' }).end();
    await expect(fetched()).rejects.toThrow(/broke off 2 times/);
  });

  it('that redirects to the file is followed, ranges and all', async () => {
    serve(100_000);
    const honest = answer;
    let count = 0;
    answer = (request, response) =>
      request.url === '/file.bin'
        ? response.writeHead(307, { location: '/there' }).end()
        : honest(request, response, ++count);
    expect(await fetched()).toBe(true);
    expect(readFileSync(to()).equals(content)).toBe(true);
  });

  it('that trickles a byte at a time is given up, and what came is kept', async () => {
    let ended = 0;
    answer = (_, response) => {
      response.writeHead(200, { etag: '"a"', 'content-length': content.length });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => (clearInterval(timer), ended++));
    };
    await expect(fetched({ tries: 1, idleMs: 2000 })).rejects.toThrow(/broke off 1 times .*only \d+ bytes in 2 s/);
    expect(existsSync(`${to()}.part`)).toBe(true);
    await vi.waitFor(() => expect(ended).toBe(1), 60_000);
    expect(requests).toHaveLength(1);
  });

  it('that ignores If-Range and sends the rest of another file is found out', async () => {
    answer = (request, response, count) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const body = count === 2 ? Buffer.alloc(content.length) : content;
      response.writeHead(from ? 206 : 200, {
        etag: `"${count === 2 ? 'b' : 'a'}"`,
        'content-length': content.length - from,
        ...(from && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      if (count === 1) breakOff(response, body.subarray(0, 50_000));
      else response.end(body.subarray(from));
    };
    expect(await fetched({ tries: 3 })).toBe(true);
    expect(readFileSync(to()).equals(content)).toBe(true);
  });

  it('that sends another range, more than it says, or less, ends in the right file or an error', async () => {
    answer = (_, response, count): void => {
      if (count === 1)
        return breakOff(
          response.writeHead(200, { etag: '"a"', 'content-length': content.length }),
          content.subarray(0, 50_000),
        );
      if (count === 2)
        return void response
          .writeHead(206, { etag: '"a"', 'content-range': `bytes 7-${content.length - 1}/${content.length}` })
          .end(content.subarray(7));
      response.writeHead(200, { etag: '"a"' }).end(content);
    };
    expect(await fetched({ tries: 3 })).toBe(true);
    rmSync(to());
    answer = (_, response) => response.writeHead(200).end(Buffer.concat([content, Buffer.from('more')]));
    await expect(download({ url, md5, bytes: content.length }, to(), { tries: 2 })).rejects.toThrow(
      /expected 300000 bytes; the server (sends more|announces 300004)/,
    );
    answer = (_, response) => response.writeHead(416).end();
    await expect(fetched({ tries: 1 })).rejects.toThrow(/broke off 1 times/);
    expect(existsSync(to())).toBe(false);
  });

  it('is reached through the proxy that the environment names, and not where NO_PROXY says so', async () => {
    const tunnels: string[] = [];
    const proxy = createServer((_, response) => response.writeHead(500).end());
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      tunnels.push(request.url!);
      const port = (server.address() as AddressInfo).port;
      const through = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      through.on('error', () => socket.destroy());
      socket.on('error', () => through.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    serve(Infinity);
    const remote = { url: 'http://data.example.invalid/file.bin', md5 };
    try {
      process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      expect(await download(remote, to())).toBe(true);
      expect(tunnels).toEqual(['data.example.invalid:80']);
      process.env.NO_PROXY = '127.0.0.1';
      rmSync(to());
      expect(await fetched()).toBe(true);
      expect(tunnels).toHaveLength(1);
    } finally {
      delete process.env.HTTP_PROXY;
      delete process.env.NO_PROXY;
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe('unpack', () => {
  const header = (name: string, { type = '0', size = 4, link = '' } = {}): Buffer => {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write('0000644\0', 100);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.write('00000000000\0', 136);
    block.write(' '.repeat(8), 148);
    block.write(type, 156);
    block.write(link, 157);
    block.write('ustar\x0000', 257, 'latin1');
    block.write(
      `${block
        .reduce((a, b) => a + b)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return block;
  };
  /** Each entry with a body of its size. */
  const archive = (...entries: Buffer[]): string => {
    const file = path.join(folder, 'evil.tar.gz');
    const body = (entry: Buffer): Buffer =>
      Buffer.alloc(entry.toString('latin1', 124, 135) === '00000000000' ? 0 : 512, 'evil');
    writeFileSync(
      file,
      gzipSync(Buffer.concat([...entries.flatMap((entry) => [entry, body(entry)]), Buffer.alloc(1024)])),
    );
    return file;
  };

  it('refuses entries that lie elsewhere, links, devices, and sizes that CIFAR-10 does not have', async () => {
    const inside = path.join(folder, 'inside');
    mkdirSync(inside);
    for (const [entry, expected] of [
      [header('batches/../../evil.bin'), /"batches\/\.\.\/\.\.\/evil\.bin", which lies outside of it/],
      [header('/tmp/evil.bin'), /"\/tmp\/evil\.bin", which lies outside of it/],
      [header('batches/evil.bin', { type: '2', size: 0, link: '/etc/passwd' }), /"batches\/evil\.bin", a SymbolicLink/],
      [header('batches/evil.bin', { type: '1', size: 0, link: 'batches/other' }), /a Link/],
      [header('batches/evil.bin', { type: '3', size: 0 }), /a CharacterDevice/],
      [header('batches/evil.bin', { size: 2 ** 31 }), /"batches\/evil\.bin", with 2147483648 bytes/],
    ] as const) {
      await expect(unpack(archive(header('batches/data_batch_1.bin'), entry), inside)).rejects.toThrow(expected);
      expect(readdirSync(inside).filter((name) => name !== 'data_batch_1.bin')).toEqual([]);
      expect(readdirSync(folder).sort()).toEqual(['evil.tar.gz', 'inside']);
    }
    const file = archive(header('batches/data_batch_1.bin'));
    writeFileSync(file, readFileSync(file).subarray(0, 60));
    await expect(unpack(file, inside)).rejects.toThrow(/expected a whole tar archive/);
  });
});

describe('downloadCifar10', () => {
  it('unpacks a verified archive, once if asked several times at once, leaving out what does not belong', async () => {
    const source = path.join(folder, 'source', 'cifar-10-batches-bin');
    mkdirSync(source, { recursive: true });
    for (const name of [
      'data_batch_1.bin',
      'data_batch_2.bin',
      'data_batch_3.bin',
      'data_batch_4.bin',
      'data_batch_5.bin',
      'test_batch.bin',
      'evil.sh',
    ])
      writeFileSync(path.join(source, name), name);
    const file = path.join(folder, 'source.tar.gz');
    await tar.create({ gzip: true, file, cwd: path.join(folder, 'source') }, ['cifar-10-batches-bin']);
    const bytes = readFileSync(file);
    answer = (_, response) => response.end(bytes);
    const archive = { url, md5: createHash('md5').update(bytes).digest('hex') };
    const all = [1, 2, 3].map(() => downloadCifar10({ to: path.join(folder, 'data'), archive })); // one does it
    const [unpacked] = await Promise.all(all);
    expect(readdirSync(unpacked).sort()).toEqual([
      'SHA256SUMS',
      'data_batch_1.bin',
      'data_batch_2.bin',
      'data_batch_3.bin',
      'data_batch_4.bin',
      'data_batch_5.bin',
      'test_batch.bin',
    ]);
    expect(readdirSync(path.join(folder, 'data'))).toEqual(['cifar-10-batches-bin']);
    await downloadCifar10({ to: path.join(folder, 'data'), archive });
    expect(requests).toHaveLength(1);
  });
});

describe('several downloads of one file at once', () => {
  const digest = { bytes: content.length, md5 };

  it('fetch it once, whoever is slow, and each has it whole', async () => {
    let running = 0;
    answer = (_, response) => {
      running++;
      response.writeHead(200, { 'content-length': content.length, etag: '"a"' });
      response.write(content.subarray(0, 100_000));
      setTimeout(() => response.end(content.subarray(100_000)), 500);
    };
    const file = path.join(folder, 'file.bin');
    const seen: number[] = [];
    const onProgress = ({ received }: { received: number }): void => void seen.push(received);
    const fetched = await Promise.all([1, 2, 3, 4].map(() => download({ url, ...digest }, file, { onProgress })));
    expect(fetched.filter(Boolean)).toHaveLength(1);
    expect(running).toBe(1);
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(readdirSync(folder)).toEqual(['file.bin']);
    expect(seen.at(-1)).toBe(content.length);
  });

  it('wait for one in a container or machine beside this one as well', async () => {
    serve(Infinity);
    const file = path.join(folder, 'file.bin');
    const held = JSON.stringify({ pid: 1, host: 'another', system: 'ffffffff', started: '1' });
    writeFileSync(`${file}.lock`, held);
    const waiting = download({ url, ...digest }, file);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(requests).toHaveLength(0);
    writeFileSync(file, content); // the other is done
    rmSync(`${file}.lock`);
    expect(await waiting).toBe(false);
    expect(requests).toHaveLength(0);
  });

  it('leave no lock of a killed one behind', async () => {
    const file = path.join(folder, 'file.bin');
    writeFileSync(file, content);
    writeFileSync(`${file}.lock`, JSON.stringify({ pid: 2 ** 22 + 7, host: hostName(), system: systemName() }));
    expect(await download({ url, ...digest }, file)).toBe(false);
    expect(readdirSync(folder)).toEqual(['file.bin']);
  });
});
