import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { random } from '../../../src/random.ts';
import { launch, notebookOf, startLab } from '../browser.ts';
import { type ChaosCell, chaosCell } from './cells.ts';
import { modelledNotebook } from './modelled.ts';
import { openTab, type Tab } from './tab.ts';

const MINUTES = Number(process.env.CHAOS_MINUTES ?? 15);
const SEED = Number(process.env.CHAOS_SEED ?? 1);
const FOLDER = 'results/chaos';
const CELLS = 6;
const PATIENCE = 8; // seconds that a cell may run before somebody presses Stop
const ANSWER = 240; // seconds that a kernel may take to answer, on a busy machine
const MODELLED = 0.5; // the part of the actions that the notebook with a model gets

let browser: Browser;
let lab: Awaited<ReturnType<typeof startLab>>;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  lab = await startLab({ ...process.env, CIFAR10_DIR: '', VGG19_WEIGHTS: '', VGG16_WEIGHTS: '' }, [
    '--LabApp.expose_app_in_browser=True',
  ]);
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(FOLDER, { recursive: true, force: true });
});

const draw = random(SEED, 'chaos');
const whole = (below: number): number => Math.floor(draw() * below);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let made = 0;
const fresh = (known: Map<string, ChaosCell>): ChaosCell => {
  const cell = chaosCell(++made, draw);
  known.set(cell.source, cell);
  return cell;
};

/** A notebook in a tab, and what its cells were when each was run last. */
interface Player {
  readonly tab: Tab;
  readonly known: Map<string, ChaosCell>;
  readonly ran: Map<string, string>;
  busySince?: number;
}

async function open(name: string, sources: readonly string[]): Promise<Tab> {
  writeFileSync(`${FOLDER}/${name}.ipynb`, notebookOf(sources, name));
  return openTab(browser, lab.url.replace(/\/lab[^?]*/, `/lab/workspaces/chaos-${name}/tree/${FOLDER}/${name}.ipynb`));
}

async function begin(name: string): Promise<Player> {
  const known = new Map<string, ChaosCell>();
  const sources = Array.from({ length: CELLS }, () => fresh(known).source);
  return { tab: await open(name, sources), known, ran: new Map() };
}

/** What a user may do next, and how often. */
const ACTIONS: readonly (readonly [weight: number, name: string, act: (player: Player) => Promise<void>])[] = [
  [30, 'run', (player) => runOne(player)],
  [
    6,
    'run all',
    async ({ tab, ran }) => {
      for (const { id, source } of await tab.cells()) ran.set(id, source);
      await tab.command('notebook:run-all-cells');
    },
  ],
  [
    14,
    'edit',
    async ({ tab, known }) => {
      await select(tab);
      await tab.edit(fresh(known).source);
    },
  ],
  [16, 'stop', ({ tab }) => tab.command('notebook:interrupt-kernel')],
  [
    4,
    'restart',
    async ({ tab }) => {
      // JupyterLab 4.6 loses a kernel for good (which answers others) that is restarted while it is about to
      // connect to it
      if (!['idle', 'busy'].includes(await tab.status())) return;
      await tab.restart();
      await pause(300);
      await tab.agree();
    },
  ],
  [
    6,
    'move',
    async ({ tab }) => {
      await select(tab);
      await tab.command(draw() < 0.5 ? 'notebook:move-cell-up' : 'notebook:move-cell-down');
    },
  ],
  [
    3,
    'insert',
    async ({ tab, known }) => {
      if ((await tab.cells()).length > 2 * CELLS) return;
      await tab.command('notebook:insert-cell-below');
      await tab.edit(fresh(known).source);
    },
  ],
  [
    3,
    'delete',
    async ({ tab }) => {
      if ((await tab.cells()).length <= 2) return;
      await select(tab);
      await tab.command('notebook:delete-cell');
    },
  ],
  [
    5,
    'complete',
    async ({ tab }) => {
      await select(tab);
      await tab.command('completer:invoke-notebook');
    },
  ],
];

async function select(tab: Tab): Promise<number> {
  const index = whole((await tab.cells()).length);
  await tab.select(index);
  return index;
}

async function runOne({ tab, ran }: Player, index?: number): Promise<void> {
  const at = index ?? whole((await tab.cells()).length);
  await tab.select(at);
  const { id, source } = (await tab.cells())[at];
  ran.set(id, source);
  await tab.command('notebook:run-cell');
}

/** Every mark below a cell is that of the cell as it was run last. */
async function check({ tab, known, ran }: Player, when: string): Promise<void> {
  for (const { id, output } of await tab.cells()) {
    const own = known.get(ran.get(id) ?? '')?.mark;
    const foreign = [...output.matchAll(/m\d+z/g)].map(([mark]) => mark).filter((mark) => mark !== own);
    expect(foreign, `${when}: below the cell ${JSON.stringify(ran.get(id))}`).toEqual([]);
  }
}

/** Stops whatever runs, cells that are still on their way to the kernel too, until the kernel answers. */
async function settle({ tab }: Player, when: string): Promise<void> {
  for (const end = Date.now() + ANSWER * 1000; Date.now() < end; await pause(1000)) {
    await tab.agree();
    if ((await tab.status()) === 'idle') {
      await pause(300); // a Stop on its way would end what is asked next
      if ((await tab.ask("console.log('here');", 4)) === 'here\n') return;
    }
    await tab.command('notebook:interrupt-kernel');
  }
  const running = (await tab.cells()).filter((cell) => cell.running).map(({ source, output }) => ({ source, output }));
  await tab.page.screenshot({ path: `results/chaos-${SEED}.png` });
  writeFileSync(`results/chaos-${SEED}.log`, lab.log());
  throw new Error(
    `${when}: the kernel, ${await tab.status()}, does not answer after ${ANSWER} s of Stop: ${JSON.stringify(running)}; see results/chaos-${SEED}.log and .png`,
  );
}

it(
  `survives ${MINUTES} minutes of random actions in two tabs, and of cells held to a model in a third, seed ${SEED}`,
  { timeout: (MINUTES + 60) * 60_000 },
  async () => {
    const players = [await begin('first'), await begin('second')];
    const modelled = modelledNotebook(
      await open('modelled', Array<string>(CELLS).fill('')),
      random(SEED, 'modelled'),
      FOLDER,
      { patience: ANSWER * 1000 },
    );
    const total = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);
    const counts: Record<string, number> = {};
    let step = 0;
    for (const end = Date.now() + MINUTES * 60_000; Date.now() < end; step++) {
      if (draw() < MODELLED) {
        const did = `${await modelled(`seed ${SEED}, step ${step}`)} by the model`;
        counts[did] = (counts[did] ?? 0) + 1;
        continue;
      }
      const player = players[whole(players.length)];
      let at = draw() * total;
      const [, name, act] = ACTIONS.find(([weight]) => (at -= weight) < 0)!;
      const when = `seed ${SEED}, step ${step}, ${name}`;
      counts[name] = (counts[name] ?? 0) + 1;
      if (process.env.CHAOS_LOG) console.log(when, players.indexOf(player));
      await player.tab.agree();
      await act(player);
      await pause(50 + whole(600));
      for (const one of players) {
        one.busySince = (await one.tab.status()) !== 'idle' ? (one.busySince ?? Date.now()) : undefined;
        if (one.busySince && Date.now() - one.busySince > PATIENCE * 1000) {
          await one.tab.command('notebook:interrupt-kernel');
          one.busySince = undefined;
        }
        await check(one, when);
      }
      if (step % 40 === 39) for (const one of players) await settle(one, when);
    }
    const taken = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    console.log(`seed ${SEED}: ${step} steps: ${taken.join(', ')}`);
    // the end: each cell that ends by itself, run alone, has the output that its source says
    for (const player of players) {
      await settle(player, `seed ${SEED}, the end`);
      for (const [index, { source }] of (await player.tab.cells()).entries()) {
        const cell = player.known.get(source);
        if (!cell?.output) continue;
        await runOne(player, index);
        await expect
          .poll(async () => (await player.tab.cells())[index].output, { timeout: ANSWER * 1000, message: source })
          .toMatch(cell.output);
        await settle(player, `seed ${SEED}, the end`);
      }
      await check(player, `seed ${SEED}, the end`);
    }
  },
);
