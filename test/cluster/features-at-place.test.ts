import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import { keptAtPlace } from './kept-at-place.ts';
import { type S3Server, startS3 } from './seaweedfs.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'shared-'));
let server: S3Server;
beforeAll(async () => void (server = await startS3()));
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
});
let count = 0;

keptAtPlace('a folder by its address', () => pathToFileURL(path.join(root, `${count++}`)).href);
keptAtPlace('s3', () => `s3://graft/features-${count++}`);
