/**
 * Installs what work on several machines needs and nothing else does, inside this folder only: Ray, and the AWS SDK for
 * `s3://` places. Every step checks first and can be run again after being cut off.
 *
 * usage: node src/setup/cluster-setup.mjs [--tests]
 *   --tests   also SeaweedFS, the S3 server that the tests start
 */
import { lockSetup } from './lock.mjs';
import { runSetup } from './program.mjs';
import { ray } from './parts/ray.mjs';
import { s3Package } from './parts/s3-package.mjs';
import { seaweedfs } from './parts/seaweedfs.mjs';

const STEPS = [ray, s3Package, ...(process.argv.includes('--tests') ? [seaweedfs] : [])];

await runSetup('set-up for clusters', async () => {
  if (!STEPS.every((step) => step.done())) {
    const unlock = await lockSetup();
    try {
      for (const step of STEPS) if (!step.done()) await step.make();
    } finally {
      unlock();
    }
  }
  console.log('set-up for clusters: complete');
});
