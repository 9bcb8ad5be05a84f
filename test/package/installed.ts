import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a shell outside of this repository has: without what `npm run` and vitest add to it. */
export const outside = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cafile|proxy|https_proxy)$)|VITEST|NODE_ENV$|GRAFT_)/i.test(name),
  ),
);

/** Runs a command in a folder. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<Ended> {
  const child = spawn(command, args, { cwd, env: outside, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}

/** Runs a command that has to end well. @throws Error with what it said */
export async function must(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(cwd, command, ...args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Packs what `npm run build` has written. @returns the tarballs: graft-ml, graft-ml-data */
export async function pack(): Promise<string[]> {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tarballs-')));
  await must('.', process.execPath, 'src/setup/package/build.mjs');
  const names = await must(folder, 'npm', 'pack', '--silent', path.resolve('dist'), path.resolve('dist-data'));
  return names
    .trim()
    .split('\n')
    .map((name) => path.join(folder, name));
}

/** Makes an empty project whose path is awkward. */
export function emptyProject(): string {
  const folder = path.join(realpathSync(mkdtempSync(path.join(os.tmpdir(), 'package-'))), 'Größe #1, 100%');
  mkdirSync(folder);
  return folder;
}

/** Writes files of a project. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}
