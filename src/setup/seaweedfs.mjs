/** SeaweedFS, one binary that serves S3, in an environment of its own (150 MB): for the tests of clusters only. */
import path from 'node:path';
import { install, isInstalled, makeEnvironment } from './environment.mjs';
import { venv } from './place.mjs';

const folder = path.join(venv, 'seaweedfs');

export const seaweedfs = {
  label: 'SeaweedFS',
  done: () => isInstalled(folder, ['seaweedfs']),
  async make() {
    await makeEnvironment(folder);
    await install(this.label, folder, ['seaweedfs']);
  },
};

/** Its binary. */
export const weed = path.join(folder, 'bin/weed');
