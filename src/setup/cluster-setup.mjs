/**
 * What work on many machines needs besides `npm run setup`, on request only: `npm run cluster:setup`. Every step
 * checks first and can be run again after being cut off.
 */
import { SetupError, stopAll } from './command.mjs';
import { lock } from './lock.mjs';
import { ray } from './ray.mjs';

const STEPS = [ray];

async function main() {
  const unlock = await lock();
  try {
    for (const step of STEPS) if (!step.done()) await step.make();
  } finally {
    unlock();
  }
  console.log('set-up for clusters: complete');
}

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    stopAll();
    process.exit(code);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nset-up stopped: ${error.message}`);
  process.exitCode = 1;
}
