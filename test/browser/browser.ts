import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
);

/**
 * Debian's Chromium, headless, asking nothing of its maker's servers.
 * @param further more arguments of its command line
 */
export function launch(further: readonly string[] = []): Promise<Browser> {
  if (!CHROMIUM) throw new Error('These tests need Chromium (Debian: sudo apt install chromium).');
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...further,
  ];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/**
 * Opens a page that Graft wrote from its file, offline, and waits until it is ready.
 * @returns also what it asked of others, and errors in it: nothing, if all is well
 */
export async function openOffline(
  browser: Browser,
  file: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; context: BrowserContext; foreign: string[] }> {
  const context = await browser.newContext({ offline: true, viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const foreign = watchRequests(page);
  page.on('pageerror', (error) => foreign.push(error.message));
  await page.goto(`file://${file}`);
  await page.waitForSelector('body[data-state=ready]', { timeout: 120_000 });
  return { page, context, foreign };
}

/** A server of Jupyter's that runs. */
export interface Server {
  readonly url: string;
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts JupyterLab as `npm run lab` does.
 * @param args further ones of `jupyter lab`
 */
export const startLab = (env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Server> =>
  startServer(process.execPath, ['src/notebook/jupyter/lab.mjs', '--no-browser', '--port=8960', ...args], env);

/** Starts a server of Jupyter's and waits for its address. */
export async function startServer(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Server> {
  const lab: ChildProcess = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      log += chunk.toString();
      const found = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\/lab\S*token=\w+/.exec(log);
      if (found) resolve(found[0]);
    };
    lab.stdout!.on('data', take);
    lab.stderr!.on('data', take);
    lab.once('exit', () => reject(new Error(`JupyterLab ended:\n${log}`)));
    setTimeout(() => reject(new Error(`JupyterLab gave no address within 240 s:\n${log}`)), 240_000).unref();
  });
  return {
    url,
    log: () => log,
    stop: () =>
      new Promise((resolve) => {
        lab.removeAllListeners('exit');
        lab.once('exit', () => resolve());
        lab.kill('SIGTERM');
        setTimeout(() => lab.kill('SIGKILL'), 10_000).unref();
      }),
  };
}

/** Addresses that a page asked for, other than its own host's and data:. */
export function watchRequests(page: Page): string[] {
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!/^(data:|blob:|file:|(http|ws):\/\/(localhost|127\.0\.0\.1):)/.test(request.url()))
      foreign.push(request.url());
  });
  return foreign;
}

/** Drops files or folders of this machine on an element, as a hand would. */
export async function dropFiles(page: Page, on: string, files: readonly string[]): Promise<void> {
  const { x, y, width } = (await page.locator(on).first().boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x: x + width / 2, y: y + 10, data });
}

/** Pairs of texts in a page's SVG pictures that lie over each other, by their boxes. */
export function overlappingTexts(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const found: string[] = [];
    for (const img of document.querySelectorAll<HTMLImageElement>('img[src^="data:image/svg+xml"]')) {
      const holder = document.createElement('div');
      holder.innerHTML = await Promise.resolve(
        new TextDecoder().decode(Uint8Array.from(atob(img.src.split(',')[1]), (c) => c.charCodeAt(0))),
      );
      document.body.append(holder);
      const texts = [...holder.querySelectorAll('text')].filter((text) => text.textContent?.trim());
      const boxes = texts.map((text) => text.getBoundingClientRect());
      for (let i = 0; i < texts.length; i++) {
        for (let j = i + 1; j < texts.length; j++) {
          const [a, b] = [boxes[i], boxes[j]];
          const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          // rotated labels have boxes larger than themselves
          const turned = /rotate/.test(
            (texts[i].getAttribute('transform') ?? '') + (texts[j].getAttribute('transform') ?? ''),
          );
          if (!turned && width > 2 && height > 3)
            found.push(`${img.alt.slice(0, 40)}: "${texts[i].textContent}" and "${texts[j].textContent}"`);
        }
      }
      holder.remove();
    }
    return found;
  });
}

/**
 * Writes a notebook whose cells were never run, as JSON.
 * @param of begins the cells' ids
 */
export function notebookOf(sources: readonly string[], of = 'c'): string {
  const cells = sources.map((source, i) => ({
    id: `${of}${i}`,
    cell_type: 'code',
    source,
    metadata: {},
    outputs: [],
    execution_count: null,
  }));
  const kernelspec = { name: 'graft', display_name: 'TypeScript (Graft)', language: 'typescript' };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}
