// Ends the processes for which a cell blocks its thread (execSync, spawnSync), which hears nothing meanwhile.
'use strict';
const { readdirSync, readFileSync } = require('node:fs');

const KILL_MS = 1000;
const STAY_MS = 20;

/** Lists the living processes that a process' main thread has started. Taken from /proc, so only if there is one. */
exports.childrenOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return parents().get(pid) ?? []; // a Linux without that file, or no Linux at all
  }
};

/** Ends processes with all that they have started, since those hold the pipes that the thread waits for. */
exports.end = (pids) => {
  const all = stopped(pids);
  for (const signal of ['SIGTERM', 'SIGCONT']) for (const pid of all) kill(pid, signal);
  const before = new Map(all.map((pid) => [pid, startOf(pid)]));
  setTimeout(() => {
    // only the same process, since ids are used again
    for (const [pid, start] of before) if (start && startOf(pid) === start) kill(pid, 'SIGKILL');
  }, KILL_MS).unref();
};

/**
 * Keeps what the main thread waits for: of a Stop, the child of the wait that it met is ended, and none that is started
 * later, since two waits can follow each other before this thread runs again.
 */
exports.Waiting = class {
  /** The children that existed before the main thread began to wait for another one; null if it waits for none. */
  #before = null;
  constructor(pid) {
    this.pid = pid;
  }
  begin(before) {
    this.#before = before;
  }
  /** Ends the child that is waited for, even if it is only about to start, until that wait is over. */
  end(before = this.#before) {
    if (!before || before !== this.#before) return;
    const children = exports.childrenOf(this.pid).filter((pid) => !before.includes(pid));
    if (children.length) exports.end(children);
    setTimeout(() => this.end(before), STAY_MS);
  }
};

/** Halts processes and all below them, so that they start no new ones, whose parent would then be unknown. */
function stopped(pids) {
  const all = new Set(pids);
  for (let size = -1; size !== all.size;) {
    size = all.size;
    for (const pid of all) kill(pid, 'SIGSTOP');
    const known = parents();
    for (const pid of all) for (const child of known.get(pid) ?? []) all.add(child); // grows while it is gone through
  }
  return [...all];
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

/** Maps each process to those that it has started. */
function parents() {
  const known = new Map();
  for (const pid of processes()) {
    const parent = Number(fields(pid)[1]);
    if (parent) known.set(parent, [...(known.get(parent) ?? []), pid]);
  }
  return known;
}

function processes() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

const startOf = (pid) => fields(pid)[19];

/** Gives the fields of /proc/PID/stat from the third on: state, parent … start. */
function fields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
