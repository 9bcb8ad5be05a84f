import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openPlace } from '../../src/storage/places/place.ts';
import { keptAtPlace } from './kept-at-place.ts';
import { besideS3 } from './seaweedfs.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'shared-'));
besideS3(root);
let count = 0;

keptAtPlace(
  'a folder by its address',
  () => pathToFileURL(path.join(root, `${count++}`)).href,
  // eslint-disable-next-line @typescript-eslint/require-await -- a bucket takes its time
  async (uri, { name }, bytes) => {
    const file = path.join(fileURLToPath(uri), name);
    writeFileSync(file, bytes);
    utimesSync(file, 1, 1); // nobody is writing it any more
  },
);
keptAtPlace(
  's3',
  () => `s3://graft/features-${count++}`,
  async (uri, file, bytes) => (await openPlace(uri)).setAside(file, bytes),
);
