import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchedRoot, knownOf, makeRoom } from '../../src/storage/places/fetched.ts';
import { thisProcess } from '../../src/storage/files/processes.ts';

let data: string;
let file: string;
beforeEach(() => {
  data = mkdtempSync(path.join(os.tmpdir(), 'fetched-'));
  vi.stubEnv('GRAFT_DATA', data);
  vi.stubEnv('GRAFT_CACHE_LIMIT', '1e-6');
  file = path.join(fetchedRoot(), '0123456789abcdef-files', 'photos.tar');
  for (const name of [file, knownOf(file)]) {
    mkdirSync(path.dirname(name), { recursive: true });
    writeFileSync(name, Buffer.alloc(800));
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(data, { recursive: true });
});

/** What another process, which runs, says that it uses. */
const say = (text: string): void => {
  const { host, system } = thisProcess();
  writeFileSync(path.join(fetchedRoot(), `${host}.${system}.${process.ppid}.uses.json`), text);
};

describe('room for files from places', () => {
  it('is made of those that nobody uses', () => {
    say('["elsewhere"]');
    makeRoom(800);
    expect(existsSync(file)).toBe(false);
  });

  it.each(['{', '', '"photos.tar"', '{"a": 1}'])('is not made where a process has left %j of what it uses', (text) => {
    say(text);
    expect(() => makeRoom(800)).toThrow(/are needed here at once; GRAFT_CACHE_LIMIT allows/);
    expect(existsSync(file)).toBe(true);
  });
});
