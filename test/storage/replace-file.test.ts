import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/storage/files/replace-file.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'replace-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('makeFolder', () => {
  it('makes those above it too, and leaves what is there', () => {
    const deep = path.join(folder, 'a/b/c');
    makeFolder(deep);
    makeFolder(deep);
    expect(existsSync(deep)).toBe(true);
  });

  it('names what cannot be made: below a file, and where no folder may be', () => {
    writeFileSync(path.join(folder, 'file'), '');
    expect(() => makeFolder(path.join(folder, 'file'))).toThrow(/file cannot be made: .*EEXIST/);
    expect(() => makeFolder(path.join(folder, 'file/below'))).toThrow(/below cannot be made: .*ENOTDIR/);
    // Node.js' recursive mkdir never comes back from here
    if (existsSync('/proc/self')) expect(() => makeFolder('/proc/nowhere/a')).toThrow(/a cannot be made: /);
  });
});
