import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPlace } from '../../src/storage/places/place.ts';
import { s3Place } from '../../src/storage/places/s3/s3-place.ts';
import { fiveVerbs } from '../storage/five-verbs.ts';
import { breakingProxy } from './breaking-proxy.ts';
import { type S3Server, startS3 } from './seaweedfs.ts';

let server: S3Server;
beforeAll(async () => void (server = await startS3()));
afterAll(() => server.close());
const use = (env: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
};
beforeEach(() => use(server.env));
afterEach(() => void vi.unstubAllEnvs());
let count = 0;
const fresh = (): string => `s3://graft/place ${count++}`;

fiveVerbs('s3', fresh);

describe('s3', () => {
  it('lists more than one page, in the order of the names', async () => {
    const place = await openPlace(fresh());
    const names = Array.from({ length: 1203 }, (_, i) => `rows/${i}`);
    for (let i = 0; i < names.length; i += 50)
      await Promise.all(names.slice(i, i + 50).map((name) => place.putIfAbsent(name, Buffer.from('.'))));
    expect((await place.list('rows/')).map(({ name }) => name)).toEqual([...names].sort());
  });

  it('takes a bucket without a prefix', async () => {
    const place = await openPlace('s3://graft');
    await place.putIfAbsent('top', Buffer.from('1'));
    expect((await place.list('top'))[0]).toMatchObject({ name: 'top', size: 1 });
    expect(await (await openPlace('s3://graft/')).head('top')).toEqual({ size: 1 });
  });

  it('puts and reads 100 MB', async () => {
    const place = await openPlace(fresh());
    const bytes = Buffer.alloc(100 << 20, 'rows of features ');
    expect(await place.putIfAbsent('large', bytes)).toBe(true);
    expect(bytes.equals(await place.read('large'))).toBe(true);
    const { start, end } = { start: 77_777_777, end: 77_800_000 };
    expect(bytes.subarray(start, end).equals(await place.read('large', { start, end }))).toBe(true);
  });

  it('goes on when the server is ended and started again in between', async () => {
    const place = await openPlace(fresh());
    await place.putIfAbsent('before', Buffer.from('kept'));
    await server.kill();
    const started = new Promise((resolve) => setTimeout(resolve, 1500)).then(() => server.start());
    const [put, read] = await Promise.all([place.putIfAbsent('during', Buffer.from('put')), place.read('before')]);
    await started;
    expect(put).toBe(true);
    expect(Buffer.from(read).toString()).toBe('kept');
    expect(await place.head('during')).toEqual({ size: 3 });
  });
});

describe('s3 over a line that breaks', () => {
  it('says who has put a file, though the answer to the put got lost', async () => {
    const proxy = await breakingProxy(server.endpoint);
    use({ AWS_ENDPOINT_URL: proxy.endpoint });
    const place = await openPlace(fresh());
    proxy.breakAfter(0);
    expect(await place.putIfAbsent('a', Buffer.from('mine'))).toBe(true);
    expect(proxy.broken()).toBe(1);
    proxy.breakAfter(0);
    expect(await place.putIfAbsent('a', Buffer.from('other'))).toBe(false);
    expect(Buffer.from(await place.read('a')).toString()).toBe('mine');
  });

  it('reads a body again that breaks off', async () => {
    const proxy = await breakingProxy(server.endpoint);
    use({ AWS_ENDPOINT_URL: proxy.endpoint });
    const place = await openPlace(fresh());
    const bytes = Buffer.alloc(2 << 20, 'rows of features ');
    await place.putIfAbsent('a', bytes);
    proxy.breakAfter(1 << 20);
    expect(bytes.equals(await place.read('a'))).toBe(true);
    proxy.breakAfter(1 << 19);
    expect(bytes.subarray(99, 1 << 20).equals(await place.read('a', { start: 99, end: 1 << 20 }))).toBe(true);
    expect(proxy.broken()).toBe(2);
  });
});

describe('s3 says what is wrong, and what to do', () => {
  it('a bucket that is not there', async () => {
    const place = await openPlace('s3://no-such-bucket/x');
    const said = 'there is no bucket "no-such-bucket" at http://127.0.0.1';
    await expect(place.putIfAbsent('a', Buffer.from('1'))).rejects.toThrow(said);
    await expect(place.list('')).rejects.toThrow(said);
    await expect(place.read('a')).rejects.toThrow(said);
  });

  it('a wrong secret, a key that nobody has', async () => {
    use({ AWS_SECRET_ACCESS_KEY: 'wrong' });
    let place = await openPlace(fresh());
    for (const attempt of [() => place.putIfAbsent('a', Buffer.from('1')), () => place.list(''), () => place.read('a')])
      await expect(attempt()).rejects.toThrow(/does not accept the credentials \(SignatureDoesNotMatch\)/);
    await expect(place.head('a')).rejects.toThrow(/403/);
    use({ AWS_ACCESS_KEY_ID: 'nobody' });
    place = await openPlace(fresh());
    await expect(place.list('')).rejects.toThrow(/does not accept the credentials \(InvalidAccessKeyId\)/);
  });

  it('no right to write', async () => {
    const uri = fresh();
    await (await openPlace(uri)).putIfAbsent('a', Buffer.from('1'));
    use(server.reader);
    const place = await openPlace(uri);
    expect(Buffer.from(await place.read('a')).toString()).toBe('1');
    await expect(place.putIfAbsent('b', Buffer.from('1'))).rejects.toThrow(/b cannot be written: not allowed \(403/);
    await expect(place.remove('a')).rejects.toThrow(/not allowed \(403/);
    expect(await place.head('a')).toEqual({ size: 1 });
  });

  it('no credentials', async () => {
    use({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    await expect((await openPlace(fresh())).list('')).rejects.toThrow(/no credentials/);
  });

  it('a clock that is off by an hour: put right by the server’s, or said', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    try {
      const place = await openPlace(fresh());
      expect(await place.putIfAbsent('a', Buffer.from('1'))).toBe(true);
      const strict = await s3Place(fresh(), { maxAttempts: 1 });
      await expect(strict.list('')).rejects.toThrow(/clock says .* Set the clock/);
    } finally {
      vi.useRealTimers();
    }
  });

  it('a server that does not answer', async () => {
    use({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '2' });
    await expect((await openPlace(fresh())).list('')).rejects.toThrow(
      /http:\/\/127.0.0.1:9 does not answer \(ECONNREFUSED, 2 attempts\)\. Look at AWS_ENDPOINT_URL/,
    );
  });
});
