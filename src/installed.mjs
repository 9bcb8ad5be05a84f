/**
 * Says in a sentence what to do if a clone's packages are not installed. The front door imports it first: otherwise the
 * first package that is missing would be told, with the stack of those who looked for it.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { commandLine, IS_CLONE, ROOT } from './home.mjs';

if (IS_CLONE) check();

function check() {
  try {
    createRequire(path.join(ROOT, 'package.json')).resolve('undici/package.json');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') throw error;
    const missing = new Error(`Graft's packages are not installed in ${ROOT}: run \`${commandLine('setup')}\` there.`);
    missing.stack = String(missing); // nobody has to look for a fault here
    throw missing;
  }
}
