import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { sha256 } from './hash.ts';

/** A process as the names of files and locks describe it. */
export interface NamedProcess {
  readonly host: string;
  /** {@link systemName}; undefined if an earlier version wrote the name. */
  readonly system?: string;
  readonly pid: number;
  /** When it started, in the system's ticks: process ids are used again. */
  readonly started?: string;
}

/**
 * Gives this machine's name in the names of temporary files and locks, so that machines that share a disk tell theirs
 * apart. `GRAFT_HOST` replaces it. A long one is cut, and told apart by its hash.
 */
export function hostName(): string {
  const name = (process.env.GRAFT_HOST || os.hostname()).replace(/[^\w-]/g, '-');
  return name.length > 40 ? `${name.slice(0, 31)}-${sha256(name).slice(0, 8)}` : name;
}

/**
 * Names the system to which these process ids belong: its boot and its process-id namespace. Containers with the same
 * host name count their processes separately. `none` if there is no /proc.
 */
export function systemName(): string {
  return (system ??= nameOfSystem());
}

let system: string | undefined;

function nameOfSystem(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return sha256(boot, readlinkSync('/proc/self/ns/pid')).slice(0, 8);
  } catch {
    return 'none';
  }
}

/** Describes this process. */
export const thisProcess = (): NamedProcess => ({
  host: hostName(),
  system: systemName(),
  pid: process.pid,
  started: statOf(process.pid)?.started,
});

/**
 * Tells what a process is doing: one that has ended and was not reaped (a zombie: containers without init) has ended;
 * `elsewhere` if it cannot be told from here.
 */
export function stateOf({
  host,
  system: own,
  pid,
  started,
}: NamedProcess): 'running' | 'stopped' | 'ended' | 'elsewhere' {
  if (host !== hostName() || (own !== undefined && own !== systemName())) return 'elsewhere';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  const stat = statOf(pid);
  if (stat && (/[ZXx]/.test(stat.state) || (started !== undefined && started !== stat.started))) return 'ended';
  return stat && /[Tt]/.test(stat.state) ? 'stopped' : 'running';
}

/** Reads fields 3 and 22 of /proc/PID/stat (proc(5)); undefined if there is no /proc. */
function statOf(pid: number): { readonly state: string; readonly started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19] };
  } catch {
    return undefined;
  }
}
