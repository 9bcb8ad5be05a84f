import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { isUri, openPlace } from '../../src/storage/places/place.ts';
import { fiveVerbs } from './five-verbs.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'place-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const fresh = (): string => path.join(root, `${count++}`);

fiveVerbs('a path', fresh);

describe('opening a place', () => {
  it('takes a path, a file: address, and refuses what it does not know', async () => {
    const folder = fresh();
    expect((await openPlace(folder)).uri).toBe(folder);
    expect((await openPlace(pathToFileURL(folder).href)).uri).toBe(folder);
    expect(existsSync(folder)).toBe(false);
    await expect(openPlace('gs://bucket/x')).rejects.toThrow('expected a path or s3://bucket/prefix; got "gs://');
    await expect(openPlace('')).rejects.toThrow('got an empty text');
  });

  it.skipIf(existsSync('src/storage/places/s3/node_modules'))('says how to install what s3:// needs', async () => {
    await expect(openPlace('s3://bucket/x')).rejects.toThrow(/not installed: npm run cluster:setup/);
  });

  it('refuses what is no bucket', async () => {
    await expect(openPlace('s3://')).rejects.toThrow('expected s3://bucket/prefix; got "s3://"');
    await expect(openPlace('s3://bucket/../x')).rejects.toThrow('expected a name like');
  });

  it('leaves nothing but the file, whoever wins', async () => {
    const folder = fresh();
    const place = await openPlace(folder);
    await place.putIfAbsent('a', Buffer.from('1'));
    await place.putIfAbsent('a', Buffer.from('2'));
    expect(readdirSync(folder)).toEqual(['a']);
  });
});

it.each(['s3:/bucket/x', 's3:bucket/x', 'S3:/bucket', 'file:/tmp/x'])(
  '%s lacks a slash, and is no folder of that name',
  async (uri) => {
    await expect(openPlace(uri)).rejects.toThrow(
      /place: expected a path or (s3|file):\/\/\S+; got ".*", which lacks a slash/i,
    );
    expect(() => isUri(uri)).toThrow('which lacks a slash');
  },
);
