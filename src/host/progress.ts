import { escapeHtml } from '../text/html.ts';
import { notebookHost } from './host.ts';
import { formatRate } from '../text/numbers.ts';

const INTERVAL = 100; // ms between two drawings
const JSON_INTERVAL = 500; // ms between two lines for another program
const LINE_INTERVAL = 10_000; // ms between two lines where there is no terminal
const MOST_LABEL = 59; // characters of a bar's label

/** How far a long step has come. */
export interface Progress {
  readonly label: string;
  /** What the step works on and how, shown once above the bar: `float32, cifar10 train, 512 of 50000 (seed 1)`. */
  readonly of?: string;
  /** How many of `total` are done. */
  readonly done: number;
  readonly total: number;
  /** How many of `done` were there before. */
  readonly cached?: number;
  readonly note?: string;
  /**
   * What is counted: `images`, `runs`, `files`; each step says it itself, since one bar may show steps of several
   * kinds.
   */
  readonly unit?: string;
}

/**
 * How a long step shows its progress: with its own bar if somebody may see it, not at all (false), or by a function.
 */
export type ProgressOption = boolean | ((progress: Progress) => void);

/**
 * Resolves an option for progress: without one, a bar in a notebook and on a terminal, and none in a pipe.
 * @param unit what is counted, unless the step says so itself @default 'images'
 */
export function progressOf(
  option: ProgressOption | undefined,
  unit = 'images',
): ((progress: Progress) => void) | undefined {
  if (typeof option === 'function') return (progress) => option({ unit, ...progress });
  const seen = notebookHost() !== undefined || process.stderr.isTTY;
  return option === false || (option === undefined && !seen) ? undefined : progressBar(unit);
}

/**
 * Makes a progress bar: label, n of N, rate, time left, notes. In a notebook and on a terminal it is redrawn in place.
 * Elsewhere it prints a line now and then; a line of JSON if GRAFT_PROGRESS=json asks for it.
 * @param unit what is counted, unless the step says so itself @default 'images'
 * @returns a function to call with the step's progress, for example as `extractFeatures`' `onProgress`
 * @example
 * await extractFeatures(base, images.test, { progress: progressBar('images') });
 */
export function progressBar(unit = 'images'): (progress: Progress) => void {
  const draw = drawing();
  let started: { label: string; at: number; done: number } | undefined;
  let drawn = 0;
  return (given) => {
    const progress = { ...given, unit: given.unit ?? unit };
    const now = performance.now();
    // a bar may go on with another step, which has its own rate
    if (started?.label !== progress.label) started = { label: progress.label, at: now, done: progress.done };
    const finished = progress.done >= progress.total;
    if (!finished && drawn && now - drawn < INTERVAL) return;
    drawn = now;
    draw(progress, describe(progress, (now - started.at) / 1000, started.done), finished);
  };
}

/** Writes a bar's text: vgg16 to block5_pool: 640 of 2,500 images, 6.9 images/s, 4 min 30 s left */
function describe({ label, done, total, cached = 0, note, unit }: Progress, seconds: number, from: number): string {
  const count = (n: number): string => n.toLocaleString('en-US');
  const rate = seconds > 0.2 ? (done - from) / seconds : 0;
  const parts = [done < total ? `${count(done)} of ${count(total)} ${unit}` : `${count(total)} ${unit}`];
  if (done < total && rate > 0) parts.push(`${formatRate(rate)} ${unit}/s`, `${duration((total - done) / rate)} left`);
  if (done >= total) {
    if (cached >= total) parts.push('all found on disk');
    else {
      parts.push(`in ${duration(seconds)}`);
      if (rate > 0) parts.push(`${formatRate(rate)} ${unit}/s`);
      if (cached > 0) parts.push(`${count(cached)} found on disk`);
    }
  }
  return `${shortLabel(label)}: ${parts.join(', ')}${note ? ` (${note})` : ''}`;
}

/** Shortens a label, which may hold a path or a tensor's name: the middle of a long one is left out. */
const shortLabel = (label: string): string =>
  label.length <= MOST_LABEL ? label : `${label.slice(0, 30)}…${label.slice(30 - MOST_LABEL + 1)}`;

/** Gives the line above a bar. */
const headOf = ({ label, of }: Progress): string | undefined => of && `${shortLabel(label)}: ${of}`;

/** Writes a duration: 4 min 30 s; 1 h 5 min; 2.5 s. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

type Draw = (progress: Progress, text: string, finished: boolean) => void;

function drawing(): Draw {
  if (process.env.GRAFT_PROGRESS === 'json') return asJson();
  if (notebookHost()) return inNotebook();
  return process.stderr.isTTY ? onTerminal() : asLines();
}

function inNotebook(): Draw {
  const redraw = live();
  return (progress, text) => {
    const { done, total } = progress;
    const head = headOf(progress);
    redraw(
      (head ? `<div style="font:12px system-ui,sans-serif;opacity:.75">${escapeHtml(head)}</div>` : '') +
        `<div style="font:13px system-ui,sans-serif;display:flex;gap:10px;align-items:center">` +
        `<progress value="${done}" max="${total}" style="width:200px;flex:none"></progress><span>${escapeHtml(text)}</span></div>`,
      head ? `${head}\n${text}` : text,
    );
  };
}

let bars = 0;

/** Gives a function that shows HTML under the running cell and replaces it in place. */
function live(): (html: string, text: string) => void {
  const id = `graft-progress-${process.pid}-${Date.now().toString(36)}-${++bars}`;
  let shown = false;
  return (html, text) => {
    notebookHost()?.display({ 'text/html': html, 'text/plain': text }, { id, update: shown });
    shown = true;
  };
}

function onTerminal(): Draw {
  const sayHead = once((head) => process.stderr.write(`\r\x1b[2K${head}\n`));
  return (progress, text, finished) => {
    sayHead(headOf(progress));
    drawLine(progress, text, finished);
  };
}

/** Says a line only if it is new. */
function once(say: (line: string) => void): (line: string | undefined) => void {
  let last: string | undefined;
  return (line) => {
    if (line && line !== last) say(line);
    last = line ?? last;
  };
}

const drawLine: Draw = ({ done, total }, text, finished) => {
  const width = 24;
  const full = Math.round((width * done) / Math.max(1, total));
  const bar = '█'.repeat(full) + '░'.repeat(width - full);
  process.stderr.write(
    `\r\x1b[2K${`${bar} ${text}`.slice(0, (process.stderr.columns || 80) - 1)}${finished ? '\n' : ''}`,
  );
};

function asLines(): Draw {
  const write = nowAndThen(LINE_INTERVAL);
  const sayHead = once((head) => process.stderr.write(`${head}\n`));
  return (progress, text, finished) => {
    sayHead(headOf(progress));
    write(text, finished);
  };
}

/** Tells another program the progress: `{"progress":{"label":"vgg16","done":640,"total":2500,"unit":"images"}}`. */
function asJson(): Draw {
  const write = nowAndThen(JSON_INTERVAL);
  return (progress, _, finished) => write(JSON.stringify({ progress }), finished);
}

function nowAndThen(interval: number): (line: string, finished: boolean) => void {
  let last = 0;
  return (line, finished) => {
    const now = performance.now();
    if (last && !finished && now - last < interval) return;
    last = now;
    process.stderr.write(`${line}\n`);
  };
}
