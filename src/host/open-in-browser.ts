import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How long an opener may take to say that there is no browser, in ms. */
const PATIENCE = 1500;

/**
 * Opens a file in the browser of whoever sits at this machine.
 * @returns whether it was opened; false where nobody sits at a screen, or there is no browser
 */
export async function openInBrowser(file: string): Promise<boolean> {
  const opener = openerOf(process.platform, process.env);
  if (!opener || !process.stdout.isTTY) return false;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, path.resolve(file)], { stdio: 'ignore', detached: true });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    // Windows' own one says 1 in any case
    child.once('exit', (code) => resolve(code === 0 || process.platform === 'win32'));
  });
  child.unref();
  // an opener that is the browser itself does not end
  return Promise.race([ended, pause(PATIENCE, true)]);
}

/** Gives the program that opens files in a browser; undefined without a screen. */
export function openerOf(
  platform: NodeJS.Platform,
  { DISPLAY, WAYLAND_DISPLAY }: NodeJS.ProcessEnv,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer.exe'];
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
}
