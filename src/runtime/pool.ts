import type { Backbone } from '../models/backbone.ts';
import { engineRow } from './engines/engines.mjs';
import { openBackbone, type RunningBackbone, type RunOptions } from './running.ts';

/** How long a backbone stays open after its last use, in ms. */
const IDLE_MS = 60_000;
/** How many unused backbones stay open; each holds its weights. */
const MOST_IDLE = 2;

interface Idle {
  readonly running: RunningBackbone;
  readonly timer: NodeJS.Timeout;
}

const idle = new Map<string, Idle[]>();

/**
 * Opens a backbone, or takes one that was given back. Opening costs up to some seconds, and predictions, a test after a
 * training, or a cell that is run again need the same one.
 * @returns a backbone whose `close` gives it back; it ends a minute later, or with this process
 */
export async function borrowBackbone(backbone: Backbone, options: RunOptions): Promise<RunningBackbone> {
  const key = [backbone.id, options.engine, ...options.imageSize, options.threads ?? 0].join('/');
  const kept = idle.get(key)?.pop();
  if (kept) clearTimeout(kept.timer);
  const running = kept?.running ?? (await openBackbone(backbone, options));
  let broken = false;
  let closed = false;
  let pending = 0;
  return {
    engine: running.engine,
    description: running.description,
    computed: running.computed,
    get peakMemoryMiB() {
      return running.peakMemoryMiB;
    },
    async run(images, n) {
      pending++;
      try {
        return await running.run(images, n);
      } catch (error) {
        broken = true;
        throw error;
      } finally {
        pending--;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      // nobody needs what is still being computed
      if (broken || pending || !engineRow(running.engine).kept) return running.close();
      const entry: Idle = { running, timer: setTimeout(() => void drop(key, entry), IDLE_MS).unref() };
      idle.set(key, [...(idle.get(key) ?? []), entry]);
      const all = [...idle.entries()].flatMap(([of, entries]) => entries.map((one) => ({ of, one })));
      if (all.length > MOST_IDLE) await drop(all[0].of, all[0].one);
    },
  };
}

/** Ends the backbones that are not in use. */
export async function closeIdle(): Promise<void> {
  for (const [key, entries] of [...idle]) for (const entry of [...entries]) await drop(key, entry);
}

async function drop(key: string, entry: Idle): Promise<void> {
  clearTimeout(entry.timer);
  const left = (idle.get(key) ?? []).filter((one) => one !== entry);
  if (left.length) idle.set(key, left);
  else idle.delete(key);
  await entry.running.close();
}
