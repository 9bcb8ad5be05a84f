/** The common part of the set-ups as programs: they end what they started, and say why in a line. */
import { IS_CLONE } from '../home.mjs';
import { SetupError, stopAll } from './command.mjs';
import { inside } from './place.mjs';

/** Runs a set-up. @param name written in front of its messages */
export async function runSetup(name, main) {
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(signal, () => {
      stopAll();
      process.exit(code);
    });
  }
  try {
    await main();
  } catch (error) {
    const reason = error instanceof SetupError ? error.message : refusalOfDisk(error);
    if (!reason) throw error;
    console.error(`\n${name} stopped: ${reason}`);
    process.exitCode = 1;
  }
}

/** Says what a folder or disk refuses; nothing if an error is about something else. */
function refusalOfDisk({ code, message, path = inside }) {
  if (['ENOSPC', 'EDQUOT'].includes(code)) return `no space is left for ${path}: ${message}.${elsewhere()}`;
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) return undefined;
  return `expected a folder that can be written, ${inside}; ${message}.${elsewhere()}`;
}

const elsewhere = () => (IS_CLONE ? '' : ' GRAFT_DATA names another folder: GRAFT_DATA=/large/disk npx graft setup.');
