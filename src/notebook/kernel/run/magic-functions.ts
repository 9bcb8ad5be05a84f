import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { currentCell } from './cell-context.ts';

/** The names by which a cell's compiled magics find the functions that run them. */
export const RUN_SHELL = '__graftShell__';
export const TIME = '__graftTime__';
export const TIME_MANY = '__graftTimeMany__';

const RUNS = 7;
const RUN_SECONDS = 0.2;

Object.assign(globalThis, {
  [RUN_SHELL]: runShell,
  [TIME]: time,
  [TIME_MANY]: timeMany,
});

/** Runs a command in the shell, in the notebook's folder; its output appears as it comes. Stop ends it. */
function runShell(command: string): Promise<void> {
  const cell = currentCell()!;
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'], signal: cell.stop.listen() });
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => cell.write(name, text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0) cell.write('stderr', `[the command ended with ${signal ?? `exit code ${code}`}]\n`);
      resolve();
    });
  });
}

/** Says how long some work took, and returns its value. */
function time<T>(work: () => T): T {
  const started = performance.now();
  const said = (): void => console.log(`time: ${spell((performance.now() - started) / 1000)}`);
  const value = work();
  if (!(value instanceof Promise)) {
    said();
    return value;
  }
  return value.finally(said) as T;
}

/** Says how long a whole cell took. */
export const timeCell = <T>(work: () => Promise<T>): Promise<T> => time(work);

/** Runs some work as often as it takes to fill a fifth of a second, seven times over, and says how long it takes. */
async function timeMany(work: () => unknown): Promise<void> {
  const run = work() instanceof Promise ? runAsync : runSync; // a first time, to warm up
  let loops = 1;
  while ((await run(work, loops)) < RUN_SECONDS / 2) loops *= 10;
  const seconds: number[] = [];
  for (let i = 0; i < RUNS; i++) seconds.push((await run(work, loops)) / loops);
  report(loops, seconds);
}

function runSync(work: () => unknown, loops: number): number {
  const started = performance.now();
  for (let i = 0; i < loops; i++) work();
  return (performance.now() - started) / 1000;
}

async function runAsync(work: () => unknown, loops: number): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < loops; i++) await work();
  return (performance.now() - started) / 1000;
}

/** @param seconds the time of one loop, for each run */
function report(loops: number, seconds: readonly number[]): void {
  const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
  const deviation = Math.sqrt(seconds.reduce((sum, one) => sum + (one - mean) ** 2, 0) / seconds.length);
  const times = `${RUNS} runs of ${loops.toLocaleString('en-US')} ${loops === 1 ? 'loop' : 'loops'}`;
  console.log(`${spell(mean)} ± ${spell(deviation)} a loop (mean and standard deviation of ${times})`);
}

/** Writes a duration: 4.48 ms; 12.3 s. */
function spell(seconds: number): string {
  const [size, unit] = (
    [
      [1, 's'],
      [1e-3, 'ms'],
      [1e-6, 'µs'],
      [0, 'ns'],
    ] as const
  ).find(([least]) => seconds >= least)!;
  return `${(seconds / (size || 1e-9)).toLocaleString('en-US', { maximumSignificantDigits: 3 })} ${unit}`;
}

/** Writes a file in the notebook's folder. */
export function writeCellFile({
  file,
  append,
  text,
}: {
  readonly file: string;
  readonly append: boolean;
  readonly text: string;
}): void {
  const there = existsSync(file);
  (append ? appendFileSync : writeFileSync)(file, text);
  console.log(`${append ? 'Appending to' : there ? 'Overwriting' : 'Writing'} ${file}`);
}
