/** One set-up at a time: each begins by clearing away what is not complete, so a second one waits. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './command.mjs';
import { venv } from './place.mjs';
import { read } from './stamp.mjs';

const FILE = path.join(venv, 'setup.lock');

/** Waits until no other set-up works here; returns what gives the lock back. A killed one's lock is taken over. */
export async function lock() {
  mkdirSync(venv, { recursive: true });
  for (let told = false; !take(); await sleep(300)) {
    const held = existsSync(FILE) ? read(FILE) : undefined;
    if (held === undefined) continue; // given back just now
    const [pid] = held.split(' ');
    if (held !== name(pid)) await takeAway(held);
    else if (!told) say(`set-up: another one is at work here (process ${pid}); waiting for it`);
    told = true;
  }
  process.env.GRAFT_SETUP = name(process.pid); // what this set-up starts can be told by it
  return () => rmSync(FILE, { force: true });
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

/** Removes a dead one's lock, aside first: of two that find it dead at once, neither removes the other's. */
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
    return; // somebody else was faster
  }
  if (read(aside) === dead) rmSync(aside);
  else renameSync(aside, FILE);
}

/** The processes that a set-up has started, where there is a /proc. */
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

/** A running process by its id and start time (field 22 of /proc/PID/stat, where there is one): ids are used again. */
function name(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return 'none';
  }
  const stat = read(`/proc/${pid}/stat`);
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
}
