/** SeaweedFS, one binary that serves S3, in an environment of its own (150 MB): for the tests of clusters only. */
import path from 'node:path';
import { besideJupyter } from '../environment.mjs';

export const seaweedfs = besideJupyter('SeaweedFS', 'seaweedfs');

/** SeaweedFS' binary. */
export const weed = path.join(seaweedfs.folder, 'bin/weed');
