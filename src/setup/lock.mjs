/** Only one set-up runs at a time: each begins by removing what is incomplete, so a second one waits. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './command.mjs';
import { venv } from './place.mjs';
import { read } from './stamp.mjs';

const FILE = path.join(venv, 'setup.lock');
/**
 * How often a holder touches the lock, and how long a lock of another container, which cannot be checked from here, may
 * stay untouched until it counts as a dead one's.
 */
const [TOUCH_MS, STALE_MS] = [20_000, 600_000];

/**
 * Waits until no other set-up works here; returns a function that releases the lock. A killed one's lock is taken over.
 */
export async function lockSetup() {
  mkdirSync(venv, { recursive: true });
  for (let told = false; !take(); await sleep(300)) {
    const held = existsSync(FILE) ? read(FILE) : undefined;
    if (held === undefined) continue; // released just now
    const [pid, , system] = held.split(' ');
    const elsewhere = system !== undefined && system !== SYSTEM;
    const dead = elsewhere ? Date.now() - touched() > STALE_MS : !held || !name(pid).startsWith(held); // an earlier version named no system
    if (dead) await takeAway(held);
    else if (!told) {
      const where = elsewhere
        ? ` of another container or machine: ${FILE}`
        : isStopped(pid)
          ? `, which is stopped: kill -CONT ${pid}`
          : '';
      say(`set-up: another set-up is running here (process ${pid}${where}); waiting for it`);
      told = true;
    }
  }
  process.env.GRAFT_SETUP = name(process.pid); // identifies what this set-up starts
  const own = process.env.GRAFT_SETUP;
  const timer = setInterval(() => read(FILE) === own && utimesSync(FILE, new Date(), new Date()), TOUCH_MS).unref();
  return () => {
    clearInterval(timer);
    if (read(FILE) === own) rmSync(FILE, { force: true });
  };
}

const touched = () => statSync(FILE, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();

const isStopped = (pid) => /^\d+ .*\) [Tt] /.test(read(`/proc/${pid}/stat`));

/** The boot and the process-id namespace: containers count their processes separately. */
const SYSTEM = system();
function system() {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'none';
  }
}

function take() {
  try {
    writeFileSync(FILE, name(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead one's lock, aside first: if two find it dead at once, neither removes the other's. */
async function takeAway(dead) {
  // a set-up that was killed outright leaves its npm and pip at work
  for (let pids = startedBy(dead); pids.length; pids = startedBy(dead)) {
    for (const pid of pids) end(pid);
    await sleep(20);
  }
  const aside = `${FILE}.${process.pid}`;
  try {
    renameSync(FILE, aside);
  } catch {
    return; // another process was faster
  }
  if (read(aside) === dead) rmSync(aside);
  else renameSync(aside, FILE);
}

/** Lists the processes that a set-up has started, if there is a /proc. */
function startedBy(setUp) {
  return (existsSync('/proc') ? readdirSync('/proc') : []).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`GRAFT_SETUP=${setUp}`);
    } catch {
      return false; // not a process, not ours, or gone
    }
  });
}

function end(pid) {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // gone already
  }
}

/**
 * Names a running process by its id and start time (field 22 of /proc/PID/stat, if there is one: ids are used again),
 * and the system that it runs in. A process that has ended and was not reaped does not count.
 */
function name(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return 'none';
  }
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /[ZXx]/.test(fields[0]) ? 'none' : `${pid} ${fields[19] ?? ''} ${SYSTEM}`;
}
