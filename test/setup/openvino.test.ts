import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPENVINO } from '../../src/openvino.mjs';
import { fetchWheel } from '../../src/setup/fetch-wheel.mjs';
import { unzip } from '../../src/setup/unzip.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'wheel-'));
const archive = path.join(folder, 'made.zip');
const long = 'abc'.repeat(10_000);
beforeAll(() => {
  // Python's zipfile, as wheels are made: deflated and stored members, a comment behind the directory
  const code = `import zipfile
z = zipfile.ZipFile(${JSON.stringify(archive)}, 'w', zipfile.ZIP_DEFLATED)
z.writestr('a/long.txt', 'abc' * 10000)
z.writestr('b.txt', 'short', zipfile.ZIP_STORED)
z.comment = b'a comment'
z.close()`;
  execFileSync('python3', ['-c', code]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('unzip', () => {
  it('reads stored and deflated members, and names what is not there', () => {
    const found = unzip(archive, ['a/long.txt', 'b.txt']);
    expect([...found.values()].map(String).sort()).toEqual([long, 'short'].sort());
    expect(() => unzip(archive, ['b.txt', 'c.txt'])).toThrow('expected c.txt in it; they are not there.');
  });

  it('refuses what is no archive, or cut short', () => {
    const broken = path.join(folder, 'broken.zip');
    for (const bytes of [Buffer.from('not a zip'), readFileSync(archive).subarray(0, 100)]) {
      writeFileSync(broken, bytes);
      expect(() => unzip(broken, ['b.txt'])).toThrow('expected a zip archive; it has no directory.');
    }
  });
});

describe('a wheel that Node.js fetches', () => {
  const name = 'made-1.0-py3-none-any.whl';
  const seen: (string | undefined)[] = [];
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/html/made/') response.end(`<a href="../../files/${name}#sha256=0">\n${name}</a>`);
      else if (request.url === '/json/made/')
        response.end(JSON.stringify({ files: [{ filename: name, url: `/files/${name}` }] }));
      else if (request.url === `/files/${name}`) response.end(readFileSync(archive));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const file = path.join(folder, name);
  const fetched = (index: string, sha256: string): Promise<void> =>
    fetchWheel('made', { name, sha256 }, file, { PIP_INDEX_URL: `http://me:secret@127.0.0.1:${port}${index}` });

  it('comes from an index that answers in HTML or JSON, with its password, and is held to its hash', async () => {
    const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
    for (const index of ['/html', '/json/']) {
      rmSync(file, { force: true });
      await fetched(index, sha256);
      expect(readFileSync(file)).toEqual(readFileSync(archive));
    }
    expect(new Set(seen)).toEqual(new Set([`Basic ${Buffer.from('me:secret').toString('base64')}`]));
    const wrong = await fetched('/html', '0'.repeat(64)).catch((error: Error) => error.message);
    expect(wrong).toMatch(/expected the SHA-256 0+; got [0-9a-f]{64}\.$/);
    expect(wrong).not.toContain('secret');
  });

  it('is missed by name', async () => {
    await expect(fetched('/nowhere', '')).rejects.toThrow('expected the answer 200; got 404.');
    const closed = fetchWheel('made', { name, sha256: '' }, file, { PIP_INDEX_URL: 'http://127.0.0.1:9/' });
    await expect(closed).rejects.toThrow(/127\.0\.0\.1:9\/made\/ was not reached: /);
  });
});

it('the hashes of OpenVINO’s wheels are those that pip is told', () => {
  const source = readFileSync('src/openvino.mjs', 'utf8');
  const pinned = readFileSync('src/setup/requirements/openvino.txt', 'utf8');
  expect(pinned).toContain(`openvino==${OPENVINO} `);
  const hashes = (text: string): string[] => (text.match(/\b[0-9a-f]{64}\b/g) ?? []).sort();
  expect(hashes(source)).toEqual(hashes(pinned));
  expect(existsSync('src/setup/requirements/openvino.in')).toBe(true);
});
