import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { keptAtPlace } from './kept-at-place.ts';
import { besideS3 } from './seaweedfs.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'shared-'));
besideS3(root);
let count = 0;

keptAtPlace('a folder by its address', () => pathToFileURL(path.join(root, `${count++}`)).href);
keptAtPlace('s3', () => `s3://graft/features-${count++}`);
