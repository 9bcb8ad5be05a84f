import type { Browser, Page } from 'playwright-core';

/** A cell of an open notebook as JupyterLab's model has it. */
export interface SeenCell {
  readonly id: string;
  readonly source: string;
  readonly running: boolean;
  /** Its prompt's number. */
  readonly count: number | null;
  /** What it wrote, the text of its value, and its error's message. */
  readonly written: string;
  readonly shown?: string;
  readonly error?: string;
  /** All text below it, without colours and white space. */
  readonly output: string;
}

/** A notebook in a tab of a browser, by JupyterLab's own commands. */
export interface Tab {
  readonly page: Page;
  command(name: string): Promise<void>;
  /** Asks for a restart; whoever asks has to be answered by {@link agree}. */
  restart(): Promise<void>;
  select(index: number): Promise<void>;
  edit(source: string): Promise<void>;
  cells(): Promise<SeenCell[]>;
  /** Of the kernel, as JupyterLab has it: idle, busy, …; `restarting` until a restart that was asked for has ended. */
  status(): Promise<string>;
  /**
   * Asks the kernel for something itself, past the notebook.
   * @returns what it printed; nothing behind a cell that failed, undefined where it does not answer in time
   */
  ask(code: string, seconds: number): Promise<string | undefined>;
  /** Says yes to whatever is asked. */
  agree(): Promise<void>;
}

/* What the page's JupyterLab offers (--LabApp.expose_app_in_browser): the little of its types that is needed. */
interface Cell {
  readonly id: string;
  readonly executionState?: string;
  readonly executionCount: number | null;
  readonly sharedModel: { getSource(): string; setSource(source: string): void; executionState?: string };
  readonly outputs?: { toJSON(): Output[] };
}
interface Output {
  readonly evalue?: string;
  readonly text?: string | string[];
  readonly data?: Record<string, string | string[]>;
  readonly traceback?: string[];
}
interface Notebook {
  activeCellIndex: number;
  readonly activeCell: { readonly model: Cell };
  readonly model: { readonly cells: Iterable<Cell> };
}
interface Kernel {
  readonly status: string;
  requestExecute(content: object): {
    readonly done: Promise<unknown>;
    onIOPub: (message: { content: { text?: string } }) => void;
  };
}
interface App {
  readonly commands: { execute(name: string): Promise<unknown> };
  readonly shell: {
    readonly currentWidget: {
      readonly content: Notebook;
      readonly sessionContext: { readonly session: { readonly kernel: Kernel | null } | null };
    };
  };
}
declare const jupyterapp: App;
declare global {
  var restarts: number | undefined;
}

export async function openTab(browser: Browser, address: string): Promise<Tab> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.goto(address);
  await page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 240_000 });
  await page.waitForSelector('text=/TypeScript \\(Graft\\) \\| Idle/', { timeout: 240_000 });
  return {
    page,
    // a command that asks first ends when it is answered
    command: (name) => page.evaluate((command) => void jupyterapp.commands.execute(command).catch(() => {}), name),
    restart: () =>
      page.evaluate(() => {
        globalThis.restarts = (globalThis.restarts ?? 0) + 1;
        void jupyterapp.commands
          .execute('notebook:restart-kernel')
          .catch(() => {})
          .then(() => globalThis.restarts!--);
      }),
    select: (index) => page.evaluate((i) => void (jupyterapp.shell.currentWidget.content.activeCellIndex = i), index),
    edit: (source) =>
      page.evaluate(
        (text) => jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(text),
        source,
      ),
    cells: () =>
      page.evaluate(() => {
        const joined = (text: string | string[] | undefined): string => [text ?? ''].flat().join('');
        return [...jupyterapp.shell.currentWidget.content.model.cells].map((cell) => ({
          id: cell.id,
          count: cell.executionCount,
          written: joined((cell.outputs?.toJSON() ?? []).map(({ text }) => joined(text))),
          shown: cell.outputs?.toJSON().flatMap(({ data }) => (data ? [joined(data['text/plain'])] : []))[0],
          error: cell.outputs?.toJSON().find(({ evalue }) => evalue !== undefined)?.evalue,
          source: cell.sharedModel.getSource(),
          running: cell.executionState === 'running' || cell.sharedModel.executionState === 'running',
          output: (cell.outputs?.toJSON() ?? [])
            .map((output) => joined(output.text) || joined(output.traceback) || joined(output.data?.['text/plain']))
            .join('')
            // eslint-disable-next-line no-control-regex
            .replace(/\x1b\[\d+m/g, '')
            .replace(/\n/g, ''),
        }));
      }),
    status: () =>
      page.evaluate(() =>
        globalThis.restarts
          ? 'restarting'
          : (jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status ?? 'none'),
      ),
    ask: (code, seconds) =>
      page.evaluate(
        async ([source, most]) => {
          const kernel = jupyterapp.shell.currentWidget.sessionContext.session?.kernel;
          if (!kernel) return undefined;
          const future = kernel.requestExecute({ code: source, store_history: false });
          let text = '';
          future.onIOPub = ({ content }) => void (text += content.text ?? '');
          const late = new Promise<undefined>((resolve) => setTimeout(resolve, most * 1000));
          return Promise.race([late, future.done.then(() => text)]);
        },
        [code, seconds] as const,
      ),
    async agree() {
      const yes = page.locator('.jp-Dialog .jp-mod-accept');
      if (await yes.count())
        await yes
          .first()
          .click({ timeout: 2000 })
          .catch(() => {});
    },
  };
}
