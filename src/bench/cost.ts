import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

/** The cost of a step. */
export interface Cost {
  readonly seconds: number;
  /** Seconds of the processor, in all threads of this process and its children: other work does not lengthen them. */
  readonly cpuSeconds: number;
  /** The most memory that it held above what was held before, in MiB. */
  readonly memoryMiB: number;
}

/**
 * A short step is done again until it has taken this many seconds, or been done this many times; the quickest counts.
 */
const [ENOUGH, TURNS] = [0.5, 5];

/**
 * Measures a step; its memory on its first turn.
 * @param options.once for a step that cannot be done again
 */
export async function costOf(step: () => unknown, { once = false } = {}): Promise<Cost> {
  await collect();
  const before = statusMiB('VmRSS');
  forgetPeak();
  let best = { seconds: Infinity, cpuSeconds: Infinity };
  let memoryMiB = 0;
  let whole = 0;
  for (let turn = 0; turn < TURNS && (!turn || (whole < ENOUGH && !once)); turn++) {
    const [began, cpu] = [performance.now(), processorSeconds()];
    await step();
    const [seconds, cpuSeconds] = [(performance.now() - began) / 1000, processorSeconds() - cpu];
    best = { seconds: Math.min(best.seconds, seconds), cpuSeconds: Math.min(best.cpuSeconds, cpuSeconds) };
    whole += seconds;
    if (!turn) memoryMiB = Math.max(0, statusMiB('VmHWM') - before);
  }
  return { ...best, memoryMiB };
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childrenSeconds();
}

/** Gives the processor seconds of running children (a backbone's session, say) and of ended ones; 0 outside Linux. */
function childrenSeconds(): number {
  try {
    // behind the name in brackets: state, parent, …; ticks of the process at 11 and 12, of its ended children at 13 and 14
    const fieldsOf = (pid: string): string[] =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
    let ticks = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const fields = statOr(() => fieldsOf(pid));
      if (Number(fields[1]) === process.pid) ticks += Number(fields[11]) + Number(fields[12]);
      if (Number(pid) === process.pid) ticks += Number(fields[13]) + Number(fields[14]);
    }
    return ticks / TICKS;
  } catch {
    return 0;
  }
}

/** Ticks in a second, as Linux counts them for everybody (USER_HZ). */
const TICKS = 100;

/** Gives nothing for a process that has just ended. */
function statOr(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/** Collects garbage, so that what the step before left does not count. */
async function collect(): Promise<void> {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
  await setImmediate();
}

/** Reads Linux' own account of this process; elsewhere what it holds now, which misses a peak in between. */
function statusMiB(field: 'VmRSS' | 'VmHWM'): number {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(found![1]) / 1024;
  } catch {
    return process.memoryUsage.rss() / 2 ** 20;
  }
}

/** Sets the peak of the process to what it holds now (proc(5), clear_refs). */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // not Linux: there is no peak to forget
  }
}
