import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSource } from '../../src/data/open-source.ts';
import { openPlace } from '../../src/storage/places/place.ts';
import { loadS3, makeS3Client } from '../../src/storage/places/s3/s3-client.ts';
import { listingServer } from './listing-server.ts';
import { startS3 } from './seaweedfs.ts';

/** Keys that no folder can have, and how they are named; those that a server like SeaweedFS takes. */
const ODD: readonly (readonly [key: string, named: string, everywhere?: boolean])[] = [
  ['cat//double.png', '"cat//double.png"'],
  ['/leading.png', '"/leading.png"'],
  ['cat/control\u0001.png', String.raw`"cat/control\u0001.png"`, true],
  ['cat/new\nline.png', String.raw`"cat/new\nline.png"`, true],
  ['cat', '"cat"', true],
  [`cat/${'n'.repeat(296)}.png`, `"cat/${'n'.repeat(73)}…"`],
  ['cat/../up.png', '"cat/../up.png"'],
  ['../out.png', '"../out.png"'],
  ['cat/caf\xe9.png', '"cat/caf\ufffd.png"'],
];
const FIT = ['cat/1.png', 'cat/a b+c&d%20.png', 'dog/1.png', 'dog/2.png'];

let data: string;
let picture: Buffer;
beforeEach(async () => {
  data = mkdtempSync(path.join(os.tmpdir(), 'odd-keys-'));
  vi.stubEnv('GRAFT_DATA', data);
  picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(data, { recursive: true });
});
const use = (env: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
};

/** Brings the pictures below a prefix. @returns their names, and what was left out, of which the first are shown */
async function brought(): Promise<object> {
  const { items, findings } = await openSource('s3://graft/photos', {});
  const { count, examples } = findings.find(({ what }) => what === 'keys that no folder can have')!;
  const left: string[] = [];
  await (await openPlace('s3://graft/photos')).list('', (odd) => left.push(...odd));
  expect(examples.length).toBeGreaterThan(0);
  for (const one of examples) expect(ODD.map(([, named]) => named)).toContain(one);
  return { names: items.map(({ name }) => name).sort(), left: left.sort(), count };
}
/** What is to come of it. @param odd keys, in latin1 */
const expected = (odd: readonly string[]): object => ({
  names: FIT,
  left: odd.map((key) => Buffer.from(key, 'latin1').toString('utf8')).sort(),
  count: odd.length,
});

describe('keys of a bucket that no folder can have are left out and named, and the others are brought', () => {
  it.each([
    ['as AWS lists them', true],
    ['by a server that encodes no keys', false],
  ])('%s', async (_, encodes) => {
    const keys = [...ODD.map(([key]) => key), ...FIT];
    const server = await listingServer(new Map(keys.map((key) => [`photos/${key}`, picture])), { encodes });
    use({
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_MAX_ATTEMPTS: '1',
    });
    try {
      expect(await brought()).toEqual(expected(ODD.map(([key]) => key)));
    } finally {
      server.close();
    }
  });

  it('by SeaweedFS, as far as it takes them', async () => {
    const server = await startS3();
    try {
      use(server.env);
      const [s3, client] = [await loadS3(), makeS3Client(await loadS3())];
      const odd = ODD.filter(([, , everywhere]) => everywhere);
      for (const key of [...odd.map(([one]) => one), ...FIT]) {
        const input = { Bucket: 'graft', Key: `photos/${key}`, Body: picture, Metadata: {} };
        await client.send(new s3.PutObjectCommand(input));
      }
      expect(await brought()).toEqual(expected(odd.map(([key]) => key)));
    } finally {
      await server.close();
    }
  });
});
