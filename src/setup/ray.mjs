/** Ray, which runs the parts of a job on many machines, in an environment of its own (290 MB). Made on request. */
import { install, isInstalled, makeEnvironment } from './environment.mjs';
import { rayFolder } from './place.mjs';

export const ray = {
  label: 'Ray',
  done: () => isInstalled(rayFolder, ['ray']),
  async make() {
    await makeEnvironment(rayFolder);
    await install(this.label, rayFolder, ['ray']);
  },
};
