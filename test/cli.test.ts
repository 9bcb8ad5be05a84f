import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npy } from './features/npy.ts';
import { node } from './process.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'cli-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const graft = (...args: string[]) => node(['src/graft.mjs', ...args]);

describe('graft', () => {
  it('explains itself and every command, with examples', async () => {
    const overview = await graft('--help');
    expect(overview.status).toBe(0);
    for (const command of ['download', 'features', 'cache', 'train', 'predict']) {
      expect(overview.stdout).toContain(`  ${command}`);
      expect((await graft(command, '--help')).stdout).toMatch(/^usage: graft .*[\s\S]*--json[\s\S]*examples:\n {2}graft /);
    }
  });

  it('names the choices when it does not know a command, flag or value', async () => {
    expect(await graft('tune')).toMatchObject({ status: 2, stderr: 'graft: expected one of download, features, cache, train, predict; got "tune".\n' });
    expect(await graft('train', '--kernel', 'cubic')).toMatchObject({ status: 2 });
    expect((await graft('train', '--kernel', 'cubic')).stderr).toContain('--kernel: expected one of nearest, bilinear, bicubic');
    expect((await graft('train', '--epochs', 'many')).stderr).toContain('--epochs: expected a number; got "many"');
    expect((await graft('train', '--speed', '9')).stderr).toContain("Unknown option '--speed'");
    const cut = await graft('features', '--data', 'shapes10', '--limit', '2', '--backbone', 'vgg19-mini', '--cut', 'fc3');
    expect(cut).toMatchObject({ status: 1 });
    expect(cut.stderr).toMatch(/cut: expected one of block1_conv1.*got "fc3"/);
  });

  it('extracts the first images’ features to a file of exactly those', async () => {
    const out = path.join(folder, 'F.npy');
    const args = ['--data', 'shapes10', '--split', 'test', '--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--cache', path.join(folder, 'features')];
    await graft('features', ...args, '--limit', '20');
    const { status, stdout } = await graft('features', ...args, '--limit', '12', '--out', out, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ shape: [12, 2, 2, 128], cached: 12, file: out });
    expect(npy(out).shape).toEqual([12, 2, 2, 128]);
  });

  it('trains, saves and predicts', async () => {
    const saved = path.join(folder, 'classifier');
    const options = ['--cache', path.join(folder, 'features'), '--runs', path.join(folder, 'runs'), '--save', saved, '--json'];
    const { status, stdout } = await graft('train', '--data', 'shapes10', '--backbone', 'vgg19-mini', '--train', '300', '--test', '200', '--epochs', '5', '--precision', 'float32', ...options); // prettier-ignore
    expect(status).toBe(0);
    const run = JSON.parse(stdout) as { accuracy: number; id: string; test: { n: number; interval: [number, number] } };
    expect(run.test.n).toBe(200);
    expect(run.accuracy).toBeGreaterThan(0.5);
    expect(existsSync(path.join(folder, 'runs', run.id, 'run.json'))).toBe(true);
    expect(readFileSync(path.join(saved, 'classifier.json'), 'utf8')).toContain('vgg19-mini');
    const picture = path.join(folder, 'picture.png');
    execFileSync('.venv/bin/python', ['-c', PICTURE, picture]);
    const [prediction] = JSON.parse((await graft('predict', '--classifier', saved, picture, '--json', '--top', '2')).stdout) as {
      file: string;
      ranking: object[];
    }[];
    expect(prediction.file).toBe(picture);
    expect(prediction.ranking).toHaveLength(2);
  });
});

/** A 2×2 PNG by Python's standard library. */
const PICTURE = `
import sys, zlib, struct
chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
rows = b''.join(b'\\0' + bytes([200, 30, 40] * 2) for _ in range(2))
open(sys.argv[1], 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 2, 2, 8, 2, 0, 0, 0)) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
`;
