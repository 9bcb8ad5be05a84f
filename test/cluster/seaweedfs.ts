import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { freePorts } from '../../src/bench/cluster/ray-nodes.ts';
import { weed } from '../../src/setup/parts/seaweedfs.mjs';

/** An S3 server of one's own on loopback, with an empty bucket `graft`. */
export interface S3Server {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** What a process needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** Of one who may read and nothing else. */
  readonly reader: Readonly<Record<string, string>>;
  /** Ends the server as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again where it was, with what is on its disk. */
  start(): Promise<void>;
  /** Ends the server and removes all it kept. */
  close(): Promise<void>;
}

const [ADMIN, READER] = [
  { name: 'writer', key: 'graft-test', secret: 'graft-test-secret', actions: ['Admin'] },
  { name: 'reader', key: 'graft-read', secret: 'graft-read-secret', actions: ['Read', 'List'] },
];

/**
 * Runs the tests of a file beside an S3 server, each in an environment that reaches it.
 * @param root a folder that is removed with the server
 */
export function besideS3(root: string): void {
  let server: S3Server;
  beforeAll(async () => void (server = await startS3()));
  afterAll(async () => {
    await server.close();
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
  });
  afterEach(() => void vi.unstubAllEnvs());
}

/** Starts SeaweedFS; ready in some 4 seconds. */
export async function startS3(): Promise<S3Server> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'seaweedfs-'));
  for (const name of ['master', 'data']) mkdirSync(path.join(folder, name));
  const config = path.join(folder, 's3.json');
  const identities = [ADMIN, READER].map(({ name, key, secret, actions }) => ({
    name,
    credentials: [{ accessKey: key, secretKey: secret }],
    actions,
  }));
  writeFileSync(config, JSON.stringify({ identities }));
  const ports = await freePorts(8);
  const args = serverArguments(folder, config, ports);
  const endpoint = `http://127.0.0.1:${ports[6]}`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(weed, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    for (let tries = 0; !(await answers(endpoint)); tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error(`SeaweedFS did not start:\n${said}`);
      await sleep(100);
    }
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const environment = ({ key, secret }: { key: string; secret: string }): Record<string, string> => ({
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: secret,
    // nothing of the machine's own
    AWS_CONFIG_FILE: path.join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  await start();
  const server = { endpoint, env: environment(ADMIN), reader: environment(READER), kill, start };
  await makeBucket(server.env, 'graft');
  return {
    ...server,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serverArguments(folder: string, config: string, ports: readonly number[]): string[] {
  const [master, masterRpc, volume, volumeRpc, filer, filerRpc, s3, s3Rpc] = ports;
  return [
    ...['server', '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-dir=${path.join(folder, 'data')}`, '-s3', '-volume.max=40'],
    ...[`-master.dir=${path.join(folder, 'master')}`, '-master.telemetry=false', '-master.volumeSizeLimitMB=64'],
    ...[`-master.port=${master}`, `-master.port.grpc=${masterRpc}`, '-volume.preStopSeconds=0'],
    ...[`-volume.port=${volume}`, `-volume.port.grpc=${volumeRpc}`, `-filer.port=${filer}`],
    ...[`-filer.port.grpc=${filerRpc}`, `-s3.port=${s3}`, `-s3.port.grpc=${s3Rpc}`, `-s3.config=${config}`],
    ...['-s3.port.iceberg=0', '-s3.port.lance=0', '-s3.autoCreateBucket=false', '-s3.ip.bind=127.0.0.1'],
  ];
}

/** Whether the server takes requests; without a signature it says 403. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(endpoint, { signal: AbortSignal.timeout(2000) })).status < 500;
  } catch {
    return false;
  }
}

/** Makes a bucket with the SDK's own client. */
export async function makeBucket(env: Readonly<Record<string, string>>, Bucket: string): Promise<void> {
  const { loadS3 } = await import('../../src/storage/places/s3/s3-client.ts');
  const s3 = (await loadS3()) as unknown as {
    S3Client: new (config: object) => { send(command: object): Promise<unknown> };
    CreateBucketCommand: new (input: object) => object;
  };
  const client = new s3.S3Client({
    endpoint: env.AWS_ENDPOINT_URL,
    region: env.AWS_REGION,
    forcePathStyle: true,
    maxAttempts: 10,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  });
  await client.send(new s3.CreateBucketCommand({ Bucket }));
}
