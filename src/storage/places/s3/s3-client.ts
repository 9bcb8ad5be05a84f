import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IS_CLONE } from '../../../home.mjs';
import { s3Endpoint } from './endpoint.ts';
import { patient } from './patience.ts';

/** The parts of `@aws-sdk/client-s3` that are used here; test/cluster checks them against the package's own types. */
export interface S3Package {
  readonly S3Client: new (config: object) => S3Client;
  readonly GetObjectCommand: new (input: Key & { Range?: string }) => Command<GetOutput>;
  readonly PutObjectCommand: new (input: PutInput) => Command<object>;
  readonly HeadObjectCommand: new (input: Key) => Command<HeadOutput>;
  readonly ListObjectsV2Command: new (input: ListInput) => Command<ListOutput>;
  readonly DeleteObjectCommand: new (input: Key & { IfMatch?: string }) => Command<object>;
  readonly CopyObjectCommand: new (input: Key & { CopySource: string; CopySourceIfMatch: string }) => Command<object>;
}

export interface S3Client {
  send<Output>(command: Command<Output>): Promise<Output>;
}

/** A command that carries the type of its output. */
export type Command<Output> = object & { readonly output?: Output };

interface Key {
  Bucket: string;
  Key: string;
}
interface PutInput extends Key {
  Body: Uint8Array;
  IfNoneMatch?: string;
  IfMatch?: string;
  Metadata: Record<string, string>;
}
interface GetOutput {
  Body?: { transformToByteArray(): Promise<Uint8Array> };
  ContentLength?: number;
}
interface HeadOutput {
  ContentLength?: number;
  Metadata?: Record<string, string>;
}
interface ListInput {
  Bucket: string;
  Prefix: string;
  EncodingType: 'url';
  ContinuationToken?: string;
}
interface ListOutput {
  EncodingType?: 'url';
  Contents?: { Key?: string; Size?: number; ETag?: string }[];
  NextContinuationToken?: string;
}

/** Loads the SDK from beside this file. @throws Error saying how to install it */
export async function loadS3(): Promise<S3Package> {
  const name: string = '@aws-sdk/client-s3';
  // the pinned version runs on Node.js 20; that later ones won't does not matter to users
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  try {
    return (await import(name)) as S3Package;
  } catch (cause) {
    if (!/MODULE_NOT_FOUND$/.test((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    const folder = fileURLToPath(new URL('.', import.meta.url));
    const error = new Error(
      `s3:// needs the AWS SDK, which is not installed: ${IS_CLONE ? `npm run cluster:setup (or npm ci --prefix ${folder})` : `npm install ${pinned()}`}.`,
      { cause },
    );
    throw Object.assign(error, { refused: true });
  }
}

/** Gives the package with the version that this is written for: `@aws-sdk/client-s3@3…`. */
function pinned(): string {
  const manifest = readFileSync(new URL('./package.json', import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(manifest) as { dependencies: Readonly<Record<string, string>> };
  return Object.entries(dependencies)[0].join('@');
}

/**
 * Makes a client with the SDK's credential chain, its retries and checksums, and the endpoint and region that the
 * environment names.
 */
export function makeS3Client({ S3Client }: S3Package, more: object = {}): S3Client {
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || (s3Endpoint() ? 'us-east-1' : undefined);
  const client = new S3Client({
    ...(region && { region }),
    ...(s3Endpoint() && { endpoint: s3Endpoint(), forcePathStyle: true }),
    maxAttempts: Number(process.env.AWS_MAX_ATTEMPTS) || 8,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    ...more,
  });
  return patient(client);
}
