import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyIndex, keyAt, keyOf } from '../../src/storage/rows/keys.ts';
import { lock, lockNow } from '../../src/storage/files/lock.ts';
import { openPiece, writePiece, sumsOf } from '../../src/storage/rows/piece.ts';
import { hostName, systemName } from '../../src/storage/files/processes.ts';
import { putIfAbsent, removeLeftovers, temporaryName } from '../../src/storage/files/put.ts';
import { makeRowSet, openReader, openRowSet, readManifest } from '../../src/storage/rows/row-set.ts';
import { mendPieces, mergePieces, openWriter } from '../../src/storage/rows/row-writer.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'rows-'))));
afterEach(() => {
  delete process.env.GRAFT_HOST;
  rmSync(folder, { recursive: true });
});

const keysOf = (names: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(names.map((name) => keyOf(String(name))));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const rowsOf = (n: number, from = 0): Float32Array => Float32Array.from({ length: n * 3 }, (_, i) => from * 3 + i);

describe('an index of keys', () => {
  it('finds each key’s first place, and -1 for others', () => {
    const index = createKeyIndex(1000);
    index.add(keysOf(range(600)));
    index.add(keysOf([...range(10), ...range(400).map((i) => i + 600)].slice(0, 400)));
    const positions = index.find(keysOf([0, 599, 'nowhere', 600, 989]));
    expect([...positions]).toEqual([0, 599, -1, 610, 999]);
    expect([...index.find(keysOf(range(10)))]).toEqual(range(10));
    expect(index.find(new Uint8Array(0))).toHaveLength(0);
    expect(() => createKeyIndex(1).add(keysOf(range(100)))).toThrow('keys: expected up to 1; got 100.');
  });

  it('takes keys from anywhere in memory', () => {
    const bytes = new Uint8Array(33);
    bytes.set(keyOf('x'), 1);
    const index = createKeyIndex(2);
    index.add(bytes.subarray(1, 17));
    expect([...index.find(keysOf(['x']))]).toEqual([0]);
    expect(keyAt(bytes.subarray(1, 17), 0)).toEqual(Uint8Array.from(keyOf('x')));
  });
});

describe('a set of rows', () => {
  const write = (names: readonly (string | number)[], rows = rowsOf(names.length)): void => {
    const writer = openWriter(folder, [3]);
    writer.write(keysOf(names), rows);
    writer.close();
  };

  it('gives rows by their keys, from whichever piece holds them', () => {
    write(range(5));
    write([5, 6], rowsOf(2, 5));
    const set = openRowSet(folder, [3], 'auto');
    expect(set.pieces.map(({ n }) => n).sort()).toEqual([2, 5]);
    const reader = openReader(set);
    expect([...reader.read(set.index.find(keysOf([6, 0, 1])))]).toEqual([18, 19, 20, 0, 1, 2, 3, 4, 5]);
    reader.close();
    expect(openRowSet(path.join(folder, 'nowhere'), [3], 'auto').pieces).toEqual([]);
  });

  it('writes the same rows of two processes as the same file', () => {
    write(range(5));
    const [name] = readdirSync(folder);
    const before = statSync(path.join(folder, name)).mtimeMs;
    write(range(5));
    expect(readdirSync(folder)).toEqual([name]);
    expect(statSync(path.join(folder, name)).mtimeMs).toBe(before);
  });

  it('flushes what waits after a while, whether or not more comes', async () => {
    const writer = openWriter(folder, [3], { flushMs: 30 });
    writer.write(keysOf([1]), rowsOf(1));
    expect(readdirSync(folder)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readdirSync(folder)).toHaveLength(1);
    writer.write(keysOf([2]), rowsOf(1, 1));
    writer.write(keysOf([3]), Uint16Array.of(0, 0x3c00, 0x4000)); // halves
    writer.close();
    const set = openRowSet(folder, [3], 'auto');
    expect(set.pieces.map(({ n, dtype }) => [n, dtype])).toEqual([
      [1, 'float16'],
      [2, 'float32'],
    ]);
    expect([...openReader(set).read(set.index.find(keysOf([3, 1])))]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('merges small pieces, of each dtype for itself, and a kill in between loses nothing', () => {
    for (let i = 0; i < 6; i++) write([i], rowsOf(1, i));
    const { pieces } = openRowSet(folder, [3], 'auto');
    const copies = pieces.map(({ file }) => [file, readFileSync(file)] as const);
    expect(mergePieces(folder, pieces)).toEqual({ before: 6, after: 1 });
    expect(readdirSync(folder)).toHaveLength(1);
    for (const [file, bytes] of copies.slice(0, 2)) writeFileSync(file, bytes); // killed before they were removed
    const set = openRowSet(folder, [3], 'auto');
    expect([...openReader(set).read(set.index.find(keysOf([0, 5])))]).toEqual([0, 1, 2, 15, 16, 17]);
  });

  it('leaves pieces alone that another process merges at the same time, and looks over those that have gone', () => {
    for (let i = 0; i < 3; i++) write([i], rowsOf(1, i));
    const { pieces, ...set } = openRowSet(folder, [3], 'auto');
    const bytes = readFileSync(pieces[1].file);
    const leaving = {
      ...pieces[1],
      get keys() {
        rmSync(pieces[1].file, { force: true }); // found, then gone before its rows are read
        return pieces[1].keys;
      },
    };
    expect(mergePieces(folder, [pieces[0], leaving, pieces[2]])).toEqual({ before: 0, after: 0 });
    expect(readdirSync(folder)).toHaveLength(2);
    expect(mendPieces({ ...set, pieces: [pieces[1]] }, { all: true })).toEqual({ rows: 0, files: [] });
    writeFileSync(pieces[1].file, bytes);
    expect(mergePieces(folder, pieces)).toEqual({ before: 3, after: 1 });
  });

  it('refuses a piece with other rows, cut short or changed, and names it', () => {
    write(range(4));
    const file = path.join(folder, readdirSync(folder)[0]);
    const bytes = readFileSync(file);
    expect(() => openPiece(file, [4])).toThrow(/\.npy is damaged: expected rows of \[4\]; its header says \[4, 3\]/);
    for (const [at, why] of [
      [60, /its checksum differs|its header says/],
      [128 + 4 * 12 + 5, /its checksum differs/],
      [bytes.length - 1, /its checksum differs/],
    ] as const) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      writeFileSync(file, changed);
      expect(() => openPiece(file, [3]), String(at)).toThrow(why);
    }
    writeFileSync(file, bytes.subarray(0, bytes.length - 10));
    expect(() => openPiece(file, [3])).toThrow(/is damaged: expected 4 rows; got \d+ bytes/);
    writeFileSync(file, bytes.subarray(0, 20));
    expect(() => openPiece(file, [3])).toThrow(/is damaged: it has 20 bytes/);
    expect(openRowSet(folder, [3], 'auto').damaged).toHaveLength(1);
  });

  it('says what it belongs to, once', () => {
    makeRowSet(folder, { network: 'vgg16' });
    makeRowSet(folder, { network: 'another' });
    expect(readManifest(folder)).toEqual({ network: 'vgg16' });
    writeFileSync(path.join(folder, 'manifest.json'), '{"network": "changed"}');
    expect(readManifest(folder)).toBeUndefined();
  });
});

describe('half-written files', () => {
  it('carry host, system and process in their names; only this system’s dead processes’ are removed at once', () => {
    const file = path.join(folder, 'a.npy');
    const [host, system, pid] = [hostName(), systemName(), process.pid];
    expect(path.basename(temporaryName(file))).toMatch(
      new RegExp(`^\\.a\\.npy\\.${host}\\.${system}\\.${pid}\\.[0-9a-f]{8}\\.tmp$`),
    );
    expect(temporaryName(file)).not.toBe(temporaryName(file));
    const dead = 2 ** 22 + 7; // above the largest process id
    const other = 'ffffffff'; // another container of the same host name
    const stay = [
      `.b.${host}.${system}.${pid}.01234567.tmp`,
      `.b.${host}.${pid}.tmp`,
      `.c.${host}.${other}.${dead}.01234567.tmp`,
      `.d.other-host.${dead}.tmp`,
    ];
    // of today, and as earlier versions wrote them
    const go = [`.a.${host}.${system}.${dead}.01234567.tmp`, `.a.${host}.${dead}.tmp`];
    for (const name of [...stay, ...go]) writeFileSync(path.join(folder, name), '');
    removeLeftovers(folder);
    expect(readdirSync(folder).sort()).toEqual([...stay].sort());
    const old = Date.now() / 1000 - 2 * 86_400;
    for (const name of stay) utimesSync(path.join(folder, name), old, old);
    removeLeftovers(folder); // nobody has written them for a day
    expect(readdirSync(folder)).toEqual([]);
  });

  it('fit where a file’s own name is long, whatever the host is called', () => {
    process.env.GRAFT_HOST = 'a-host-'.repeat(9);
    for (const name of ['n'.repeat(250), 'ü'.repeat(124)]) {
      expect(Buffer.byteLength(path.basename(temporaryName(name)))).toBeLessThanOrEqual(255);
      expect(putIfAbsent(folder, name, () => [Buffer.from('x')])).toBe(path.join(folder, name));
    }
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('never stand in the place of a whole one, and a whole one is never overwritten', () => {
    putIfAbsent(folder, 'x', () => [Buffer.from('first')]);
    putIfAbsent(folder, 'x', () => [Buffer.from('second')]);
    expect(readFileSync(path.join(folder, 'x'), 'utf8')).toBe('first');
    const failing = function* (): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('no room');
    };
    expect(() => putIfAbsent(folder, 'y', failing)).toThrow(
      /y cannot be written: no room\. What was there before is kept/,
    );
    expect(readdirSync(folder)).toEqual(['x']);
  });
});

const stateIn = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2];
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a lock', () => {
  it('is waited for within this machine, also in this very process, and not for another machine’s', async () => {
    const file = path.join(folder, 'lock');
    const first = await lock(file);
    let waited = 0;
    const second = lock(file, { onWait: () => waited++ });
    await until(() => waited > 0);
    first();
    const unlock = await second;
    process.env.GRAFT_HOST = 'another-machine';
    (await lock(file))(); // goes on at once, and leaves the other's lock alone
    delete process.env.GRAFT_HOST;
    expect(existsSync(file)).toBe(true);
    unlock();
    expect(existsSync(file)).toBe(false);
    await expect(lock(path.join(folder, 'nowhere', 'lock'))).rejects.toThrow(/ENOENT/);
  });

  it('of a container beside this one is none of a dead process, until nobody has touched it for ten minutes', async () => {
    const file = path.join(folder, 'lock');
    const beside = JSON.stringify({ pid: 2 ** 22 + 7, host: hostName(), system: 'ffffffff', started: '1' });
    writeFileSync(file, beside);
    (await lock(file))();
    expect(readFileSync(file, 'utf8')).toBe(beside);
    expect(await lockNow(file)).toMatch(
      /^process \d+ of ".*" is at work here \(.*lock, touched 0 min ago; should that machine be gone, it counts as given back after 10 min, or remove it\)$/,
    );
    utimesSync(file, 1, 1);
    const unlock = await lockNow(file);
    expect(typeof unlock).toBe('function');
    (unlock as () => void)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a process that has ended and that nobody reaps is taken over; of a stopped one it is said what to do', async () => {
    const file = path.join(folder, 'lock');
    // a shell that never waits for its child, as in a container without init
    const parent = spawn('sh', ['-c', 'sleep 100 & echo $!; exec sleep 100'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];
    writeFileSync(file, JSON.stringify({ pid, host: hostName(), system: systemName(), started }));
    expect(await lockNow(file)).toMatch(`process ${pid} is at work here`);
    process.kill(pid, 'SIGSTOP');
    await until(() => stateIn(pid) === 'T');
    expect(await lockNow(file)).toMatch(`is stopped: \`kill -CONT ${pid}\` lets it go on, \`kill ${pid}\` ends it`);
    process.kill(pid, 'SIGKILL');
    await until(() => stateIn(pid) === 'Z');
    const unlock = await lockNow(file);
    expect(typeof unlock).toBe('function');
    (unlock as () => void)();
    parent.kill('SIGKILL');
  });

  it('ends its waiting when told to', async () => {
    const unlock = await lock(path.join(folder, 'lock'));
    const controller = new AbortController();
    const waiting = lock(path.join(folder, 'lock'), { signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow(/stop|aborted/);
    unlock();
  });
});

it('a piece’s name follows from what it holds', () => {
  const parts = {
    keys: keysOf([1, 2]),
    sums: sumsOf(Buffer.from(rowsOf(2).buffer), 12),
    rowShape: [3],
    dtype: 'float32',
  } as const;
  const a = writePiece(folder, parts, [Buffer.from(rowsOf(2).buffer)]);
  utimesSync(a.file, 1, 1);
  expect(writePiece(folder, parts, [Buffer.from(rowsOf(2).buffer)]).file).toBe(a.file);
  expect(statSync(a.file).mtimeMs).toBe(1000);
  const other = writePiece(folder, { ...parts, keys: keysOf([1, 3]) }, [Buffer.from(rowsOf(2).buffer)]);
  expect(other.file).not.toBe(a.file);
});
