import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ASIDE } from '../aside.ts';
import type { ByteRange, Place, PlacedFile, PlaceSource } from '../place.ts';
import { fittingNames, placeName } from '../place-name.ts';
import { byCodePoints } from '../../files/walk.ts';
import { type Command, loadS3, makeS3Client } from './s3-client.ts';
import { isMissing, isUnreachable, s3Error, type S3Error, statusOf } from './s3-error.ts';

/** The largest file; above it a file would have to be put in parts. Pieces of features are 5 to 320 MB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Opens `s3://bucket/prefix` as a place. Nothing is overwritten: files are put with `If-None-Match: *`.
 * @param more options of the SDK's client, for tests
 */
export async function s3Place(uri: string, more: object = {}): Promise<Place> {
  const { bucket, prefix } = parse(uri);
  const s3 = await loadS3();
  const client = makeS3Client(s3, more);
  const keyOf = (name: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: prefix + placeName(name) });
  const send = <Output>(command: Command<Output>, what: string): Promise<Output> =>
    client.send(command).catch((cause: unknown) => {
      throw s3Error(cause as S3Error, { bucket, what: `${root} cannot ${what}` });
    });
  const root = `s3://${bucket}/${prefix}`.replace(/\/$/, '');

  async function read(name: string, range?: ByteRange): Promise<Uint8Array> {
    if (range && range.end <= range.start) return new Uint8Array();
    const command = { ...keyOf(name), ...(range && { Range: `bytes=${range.start}-${range.end - 1}` }) };
    for (let attempt = 1; ; attempt++) {
      try {
        const { Body, ContentLength } = await client.send(new s3.GetObjectCommand(command));
        const bytes = await Body!.transformToByteArray();
        if (bytes.length === (ContentLength ?? bytes.length)) return bytes;
        throw Object.assign(new Error(`expected ${ContentLength} bytes; got ${bytes.length}`), { code: 'ECONNRESET' });
      } catch (cause) {
        if (range && statusOf(cause) === 416) return new Uint8Array();
        // the SDK retries a request, but not a body that breaks off
        if (attempt >= 5 || !isBrokenOff(cause as S3Error))
          throw s3Error(cause as S3Error, { bucket, what: `${root}/${name} cannot be read` });
        await sleep(200 * 2 ** attempt);
      }
    }
  }

  /** Tells whether the existing file is the one that this call put, so that only the answer got lost. */
  async function isOurs(name: string, mark: string): Promise<boolean> {
    const there = await send(new s3.HeadObjectCommand(keyOf(name)), `look at ${name}`);
    return there.Metadata?.[MARK] === mark;
  }

  async function putIfAbsent(name: string, source: PlaceSource): Promise<boolean> {
    const what = `${root}/${name} cannot be written`;
    const mark = randomUUID();
    const Body = await bytesOf(source, what);
    const input = { ...keyOf(name), Body, IfNoneMatch: '*', Metadata: { [MARK]: mark } };
    for (let attempt = 1; ; attempt++) {
      try {
        await client.send(new s3.PutObjectCommand(input));
        return true;
      } catch (error) {
        const { $metadata } = error as S3Error;
        if (statusOf(error) === 412) return attempt + ($metadata?.attempts ?? 1) > 2 && (await isOurs(name, mark));
        // two at once: the protocol asks to try again
        if (statusOf(error) !== 409 || attempt >= 5) throw s3Error(error as S3Error, { bucket, what });
        await sleep(100 * 2 ** attempt);
      }
    }
  }

  return {
    uri: root,
    read,
    putIfAbsent,
    async head(name) {
      try {
        const { ContentLength = 0 } = await client.send(new s3.HeadObjectCommand(keyOf(name)));
        return { size: ContentLength };
      } catch (error) {
        if (isMissing(error as S3Error)) return undefined;
        throw s3Error(error as S3Error, { bucket, what: `${root}/${name} cannot be looked at` });
      }
    },
    async list(start, onOdd) {
      const files: PlacedFile[] = [];
      for (let token: string | undefined; ;) {
        // otherwise a key with a control character would not be XML
        const asked = { Bucket: bucket, Prefix: prefix + start, EncodingType: 'url' as const };
        const input = { ...asked, ...(token && { ContinuationToken: token }) };
        const page = await send(new s3.ListObjectsV2Command(input), 'be listed');
        for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
          const name = (page.EncodingType === 'url' ? decoded(Key) : Key).slice(prefix.length);
          if (!isHidden(name)) files.push({ name, size: Size, version: ETag });
        }
        token = page.NextContinuationToken;
        if (token) continue;
        const { fit, odd } = fittingNames(files);
        if (odd.length) onOdd?.(odd);
        return [...fit].sort((a, b) => byCodePoints(a.name, b.name));
      }
    },
    async setAside({ name, version }, whole) {
      const Body = whole && (await bytesOf(whole, `${root}/${name} cannot be written`));
      const CopySource = `${bucket}/${keyOf(name).Key}`.split('/').map(encodeURIComponent).join('/');
      const aside = { ...keyOf(`${name}${ASIDE}`), CopySource, CopySourceIfMatch: version };
      try {
        await client.send(new s3.CopyObjectCommand(aside));
        const found = { ...keyOf(name), IfMatch: version };
        if (Body) await client.send(new s3.PutObjectCommand({ ...found, Body, Metadata: { [MARK]: randomUUID() } }));
        else await client.send(new s3.DeleteObjectCommand(found));
        return true;
      } catch (error) {
        if (isMissing(error as S3Error) || statusOf(error) === 412 || statusOf(error) === 409) return false;
        throw s3Error(error as S3Error, { bucket, what: `${root}/${name} cannot be set aside` });
      }
    },
    async remove(name) {
      await send(new s3.DeleteObjectCommand(keyOf(name)), `remove ${name}`);
    },
  };
}

/**
 * Whether no folder would list it either: markers of folders, and names that begin with a dot; `..` leads elsewhere.
 */
const isHidden = (name: string): boolean => /\/$|(^|\/)\.(?!\.?(\/|$))/.test(name);

/** Decodes a key from a list with `EncodingType: url`; non-UTF-8 bytes become characters that no name may have. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return Buffer.from(unescape(key.replaceAll('+', ' ')), 'latin1').toString('utf8');
  }
}

/** The entry in a file's metadata that says which call put it. */
const MARK = 'graft-put';

const isBrokenOff = (error: S3Error): boolean =>
  error.$metadata === undefined && (isUnreachable(error) || /aborted|terminated/i.test(error.message));

/** @throws Error naming what was expected */
function parse(uri: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, rest] = /^s3:\/\/([a-z\d][a-z\d._-]{1,62})(?:\/(.*))?$/i.exec(uri) ?? [];
  if (!bucket) throw new Error(`place: expected s3://bucket/prefix; got "${uri}".`);
  const prefix = (rest ?? '').replace(/\/+$/, '');
  if (prefix) placeName(prefix);
  return { bucket, prefix: prefix && `${prefix}/` };
}

async function bytesOf(source: PlaceSource, what: string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  const { size } = await stat(source.file);
  if (size > MOST_BYTES) throw new Error(`${what}: expected at most 2 GiB in a file; got ${size} bytes.`);
  return readFile(source.file);
}
