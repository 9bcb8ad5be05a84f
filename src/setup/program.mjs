/** The common part of the set-ups as programs: they end what they started, and say why in a line. */
import { SetupError, stopAll } from './command.mjs';

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
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${name} stopped: ${error.message}`);
    process.exitCode = 1;
  }
}
