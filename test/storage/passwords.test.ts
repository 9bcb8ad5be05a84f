import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import { withoutPasswords } from '../../src/text/addresses.mjs';
import { run } from '../../src/setup/command.mjs';
import { download } from '../../src/storage/downloads/download.ts';
import { askHub, explainRefusal, type HubInfo, remoteFile } from '../../src/storage/hub/hub-client.ts';
import { s3Error } from '../../src/storage/places/s3/s3-error.ts';
import { node } from '../process.ts';
import { temporaryFolder } from '../data/pictures.ts';

const SECRET = 'tuNbrIdgE';
let server: Server;
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());
afterEach(() => void vi.unstubAllEnvs());

const secret = (host = `127.0.0.1:${port}`, scheme = 'http'): string => `${scheme}://user:${SECRET}@${host}`;
/** All that an error can be shown as, with its causes. */
const shown = (error: unknown): string => inspect(error, { depth: 9, showHidden: true });
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it went well',
    (error: unknown) => shown(error),
  );

const hubs: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'no such repository': (response) => response.writeHead(404).end(),
  'a refusal': (response) => response.writeHead(403).end(),
  'a gated repository': (response) => response.writeHead(401, { 'x-error-code': 'GatedRepo' }).end(),
  'a strange answer': (response) => response.writeHead(418).end(),
  'a login page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  'a broken connection': (response) => response.destroy(),
};

describe('a password in an address is in no message:', () => {
  it.each(Object.entries(hubs))('HF_ENDPOINT, %s', async (_, respond) => {
    vi.stubEnv('HF_ENDPOINT', secret());
    vi.stubEnv('HF_TOKEN', '');
    answer = (_request, response) => respond(response);
    const { folder, remove } = temporaryFolder();
    const info: HubInfo = { repository: 'a/b', commit: 'a'.repeat(40), files: new Map() };
    const file = remoteFile(info, 'model.onnx', { blob: 'b'.repeat(64), bytes: 3 });
    const messages = [
      await failure(askHub('a/b', 'main')),
      await failure(download(file, `${folder}/model.onnx`, { tries: 1 })),
      await failure(
        download(file, `${folder}/other.onnx`, {
          tries: 1,
          explain: (said) => explainRefusal({ repository: 'a/b', revision: 'main' }, said),
        }),
      ),
    ];
    remove();
    for (const message of messages) {
      expect(message).toMatch(/Error\]?: /);
      expect(message).not.toContain(SECRET);
    }
    expect(messages.join()).toContain(`127.0.0.1:${port}`);
  });

  it('HF_ENDPOINT, HTTPS_PROXY and AWS_ENDPOINT_URL that are no addresses', async () => {
    for (const text of [`user:${SECRET}@host:80`, `ftp://user:${SECRET}@host`, `http://user:${SECRET}@[host`]) {
      vi.stubEnv('HF_ENDPOINT', text);
      vi.stubEnv('AWS_ENDPOINT_URL', text);
      const hub = await failure(askHub('a/b', 'main'));
      expect(hub).toContain('HF_ENDPOINT: expected an address like https://HOST or http://HOST:PORT; got');
      const s3 = shown(
        await Promise.resolve()
          .then(() => s3Error(new Error('x'), { bucket: 'b', what: 'w' }))
          .catch((error: unknown) => error),
      );
      expect(s3).toContain('AWS_ENDPOINT_URL: expected an address like');
      vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${port}`);
      vi.stubEnv('HTTPS_PROXY', text);
      vi.stubEnv('HTTP_PROXY', text);
      const proxy = await failure(askHub('a/b', 'main'));
      expect(proxy).toContain('HTTPS_PROXY, HTTP_PROXY: expected an address like http://HOST:PORT');
      for (const message of [hub, s3, proxy]) expect(message).not.toContain(SECRET);
      vi.unstubAllEnvs();
    }
  });

  it('a proxy that refuses, and one that is not there', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://hub.example.invalid');
    for (const proxy of [secret(), secret('127.0.0.1:9')]) {
      vi.stubEnv('HTTP_PROXY', proxy);
      vi.stubEnv('HTTPS_PROXY', proxy);
      vi.stubEnv('NO_PROXY', '');
      const message = await failure(askHub('a/b', 'main'));
      expect(message).toContain('the hub cannot be reached');
      expect(message).not.toContain(SECRET);
    }
  });

  it('an S3 server’s, where none belongs', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', secret());
    const make = (): Error =>
      s3Error(Object.assign(new Error('x'), { name: 'NoSuchBucket' }), { bucket: 'b', what: 'w' });
    expect(make).toThrow(`AWS_ENDPOINT_URL: expected an address without name and password`);
    expect(make).toThrow(`got http://***@127.0.0.1:${port}.`);
  });

  it('an index of pip’s or npm’s, in what the set-up shows of their output', async () => {
    const script = `console.error('Looking in indexes: ${secret()}/simple'); process.exit(1)`;
    const message = await failure(run('a step', process.execPath, ['-e', script]));
    expect(message).toContain(`Looking in indexes: http://***@127.0.0.1:${port}/simple`);
    expect(message).not.toContain(SECRET);
  });

  it('anything that the command line says', async () => {
    const { stderr } = await node(['src/graft.mjs', 'features', '--data', secret('host/x', 's3')]);
    expect(stderr).toMatch(/graft features: .*\*\*\*@host/);
    expect(stderr).not.toContain(SECRET);
  });
});

it('name and password of HF_ENDPOINT are sent, unless there is a token', async () => {
  const seen: (string | undefined)[] = [];
  answer = ({ headers }, response) => {
    seen.push(headers.authorization);
    response.writeHead(404).end();
  };
  vi.stubEnv('HF_ENDPOINT', secret());
  vi.stubEnv('HF_TOKEN', '');
  await failure(askHub('a/b', 'main'));
  vi.stubEnv('HF_TOKEN', 'hf_token');
  await failure(askHub('a/b', 'main'));
  expect(seen).toEqual([`Basic ${Buffer.from(`user:${SECRET}`).toString('base64')}`, 'Bearer hf_token']);
});

it('https to a server that speaks http is told', async () => {
  vi.stubEnv('HF_ENDPOINT', `https://127.0.0.1:${port}`);
  expect(await failure(askHub('a/b', 'main'))).toContain(
    'it speaks no TLS there: is its address http:// and not https://?',
  );
  const cause = Object.assign(new Error('write EPROTO …'), { code: 'EPROTO' });
  vi.stubEnv('AWS_ENDPOINT_URL', `https://127.0.0.1:${port}`);
  expect(s3Error(cause, { bucket: 'b', what: 'w' }).message).toMatch(/speaks no TLS there\. Is its address http:\/\//);
});

it.each([
  ['https://user:p@ss:w@host/x', 'https://***@host/x'],
  ['git+ssh://token@host and s3://bucket/a@b', 'git+ssh://***@host and s3://bucket/a@b'],
  ['mail a@b.example about https://host/@scope', 'mail a@b.example about https://host/@scope'],
])('%s is shown as %s', (text, expected) => {
  expect(withoutPasswords(text)).toBe(expected);
});
