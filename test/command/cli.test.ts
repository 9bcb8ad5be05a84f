import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import type { TestFigures } from '../../src/experiments/test-figures.ts';
import { HUB_NAMES, KERAS_NAMES } from '../../src/models/networks/known.mjs';
import { peers } from '../peers.ts';
import { node } from '../process.ts';
import { npy } from '../storage/npy.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'cli-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** The `graft` command; TensorFlow's library greets in words of its own where stderr is no terminal and no pipe. */
async function graft(...args: string[]): ReturnType<typeof node> {
  const { stderr, ...rest } = await node(['src/graft.mjs', ...args]);
  return { ...rest, stderr: withoutGreeting(stderr) };
}
const withoutGreeting = (stderr: string): string =>
  stderr.replace(/^(WARNING: All log messages|[IWE]\d{4} \d\d:).*\n/gm, '');
const SMALL = ['--data', 'shapes10', '--backbone', 'vgg19-mini', '--cut', 'block5_pool'];
/** The same, with each fraction to six places. */
const nearly = (value: unknown): object => {
  const part = (of: unknown): unknown =>
    typeof of === 'number' && !Number.isInteger(of)
      ? expect.closeTo(of, 6)
      : typeof of === 'object' && of
        ? nearly(of)
        : of;
  if (Array.isArray(value)) return value.map(part);
  return Object.fromEntries(Object.entries(value as object).map(([name, of]) => [name, part(of)]));
};
const inFolder = (...names: string[]): string => path.join(folder, ...names);

describe('a mistake in the arguments', () => {
  it('names the commands there are, and the nearest', async () => {
    const commands =
      'graft: expected one of download, features, cache, engines, train, crossvalidate, sweep, evaluate, predict, page, teach, export, import, cluster features, cluster sweep, new, setup, trim, lab, kernel install, kernel uninstall; got';
    expect(await graft('tune')).toEqual({ status: 2, stdout: '', stderr: `${commands} "tune".\n` });
    expect(await graft('trian')).toEqual({
      status: 2,
      stdout: '',
      stderr: `${commands} "trian". Did you mean train?\n`,
    });
  });

  it('ends every command: a word too much is no data set', async () => {
    // of those that take one for --data, a second
    for (const [command, words] of [
      ['features', ['photos', 'more']],
      ['cache', ['photos']],
      ['train', ['photos', 'more']],
    ] as const) {
      const { status, stderr } = await graft(command, ...words, '--cache', inFolder('never'));
      expect(status).toBe(2);
      const got = words.map((word) => `"${word}"`).join(', ');
      expect(stderr).toContain(`graft ${command}: expected flags only; got ${got}.`);
    }
    expect((await graft('download', 'vgg99')).stderr).toContain(
      `graft download: expected cifar10, ${[...KERAS_NAMES, ...HUB_NAMES].join(', ')} or hf:org/name; got "vgg99".`,
    );
    expect(existsSync(inFolder('never'))).toBe(false);
  });

  it('ends a sweep whose file is not there, or is a folder', async () => {
    const nowhere = path.join(folder, 'nowhere.json');
    expect((await graft('sweep', nowhere)).stderr).toBe(
      `graft sweep: ${nowhere}: expected a file of JSON; it is not there.\n`,
    );
    expect((await graft('sweep', folder)).stderr).toContain('it is a folder.');
  });

  it('that only the network or the data shows is said before a picture is computed, in the flag’s name', async () => {
    const refused = async (said: RegExp, ...args: string[]): Promise<void> => {
      const { status, stderr } = await graft(...args, '--cache', inFolder('never'), '--runs', inFolder('never'));
      expect(stderr).toMatch(said);
      expect(status).toBe(2);
      expect(existsSync(inFolder('never'))).toBe(false);
    };
    const small = ['train', '--data', 'shapes10', '--backbone', 'vgg19-mini'];
    await refused(/^graft train: --cut: expected one of block1_conv1.*; got "fc3"/, ...small, '--cut', 'fc3');
    await refused(/^graft train: --fast: expected vgg19 or vgg16.*; got vgg19-mini\.\nusage: /, ...small, '--fast');
    await refused(
      /^graft train: --train: expected a whole number from 1 to 2750; got 9999\.\nusage: /,
      ...small,
      '--train',
      '9999',
    );
    await refused(
      /^graft train: --validation: expected 1 image or more for patience/,
      ...small,
      '--train',
      '2750',
      '--patience',
      '2',
    );
    const { status, stderr } = await graft('features', ...SMALL, '--limit', '3000', '--cache', inFolder('never'));
    expect(stderr).toMatch(
      /^graft features: --limit: expected a whole number from 1 to 2750 \(shapes10 train\); got 3000\.\n/,
    );
    expect(status).toBe(2);
  });
});

describe('graft features', () => {
  const args = [...SMALL, '--split', 'test'];
  const cache = (): string => inFolder('features');

  it('writes one file of just the rows asked for, in their order, and its folder', async () => {
    const [all, some] = [inFolder('all.npy'), inFolder('new/some.npy')];
    const first = await graft('features', ...args, '--limit', '20', '--cache', cache(), '--out', all, '--json');
    const second = await graft('features', ...args, '--limit', '12', '--cache', cache(), '--out', some, '--json');
    expect([first.status, second.status]).toEqual([0, 0]);
    const said = JSON.parse(second.stdout) as Record<string, unknown>;
    expect(said).toMatchObject({ shape: [12, 2, 2, 128], cached: 12, file: some, images: 'shapes10 test, first 12' });
    expect(Object.keys(said)).toEqual([
      'shape',
      'file',
      'labels',
      'images',
      'cached',
      'seconds',
      'engine',
      'versions',
      'peakMemoryMiB',
    ]);
    const [whole, part] = [npy(all), npy(some)];
    expect(part.shape).toEqual([12, 2, 2, 128]);
    expect(part.values).toEqual(whole.values.subarray(0, part.values.length));
    const numpy = 'import numpy, sys; F = numpy.load(sys.argv[1]); print(F.shape, F.dtype)';
    if (peers)
      expect(execFileSync(peers, ['-c', numpy, some], { encoding: 'utf8' }).trim()).toBe('(12, 2, 2, 128) float32');
    expect(readdirSync(inFolder('new')).sort()).toEqual(['some.csv', 'some.npy']);
  });

  it('counts the memory of the process that computes', async () => {
    const { stdout } = await graft('features', ...args, '--limit', '8', '--cache', inFolder('memory'), '--json');
    const again = await graft('features', ...args, '--limit', '8', '--cache', inFolder('memory'), '--json');
    const [computed, found] = [stdout, again.stdout].map(
      (json) => JSON.parse(json) as { cached: number; peakMemoryMiB: number },
    );
    expect([computed.cached, found.cached]).toEqual([0, 8]);
    expect(computed.peakMemoryMiB).toBeGreaterThan(found.peakMemoryMiB + 50);
  });

  it('keeps and writes halves where they are asked for', async () => {
    const out = inFolder('halves.npy');
    const { status } = await graft(
      'features',
      ...args,
      '--limit',
      '4',
      '--dtype',
      'float16',
      '--cache',
      cache(),
      '--out',
      out,
    );
    expect(status).toBe(0);
    expect(readFileSync(out).subarray(0, 128).toString('latin1')).toContain("'<f2'");
  });

  it('calibrates 8 bits on training images, whatever is extracted', async () => {
    const { status, stdout } = await graft(
      'features',
      ...args,
      '--limit',
      '4',
      '--precision',
      'auto',
      '--cache',
      cache(),
      '--json',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      shape: [4, 2, 2, 128],
      engine: expect.stringMatching(/int8|float32/) as string,
    });
  });
});

describe('graft train and predict', () => {
  const options = (): string[] => ['--cache', inFolder('trained'), '--runs', inFolder('runs')];
  const training = [
    'train',
    '--data',
    'shapes10',
    '--backbone',
    'vgg19-mini',
    '--train',
    '300',
    '--test',
    '200',
    '--precision',
    'float32',
  ];

  it('trains, saves and predicts', async () => {
    const saved = inFolder('classifier');
    const { status, stdout, stderr } = await graft(
      ...training,
      '--epochs',
      '5',
      ...options(),
      '--save',
      saved,
      '--json',
    );
    expect(status).toBe(0);
    const run = JSON.parse(stdout) as { accuracy: number; id: string; test: { n: number }; seconds: object };
    expect(Object.keys(run)[0]).toBe('accuracy');
    expect(run.test.n).toBe(200);
    expect(run.accuracy).toBeGreaterThan(0.5);
    expect(Object.keys(run.seconds)).toEqual(['data', 'model', 'features', 'training', 'evaluation']);
    expect(existsSync(inFolder('runs', run.id, 'run.json'))).toBe(true);
    expect(readFileSync(path.join(saved, 'classifier.json'), 'utf8')).toContain('vgg19-mini');
    // in a pipe, a line for each step
    expect(stderr).toMatch(/shapes10 train, 300 of 2750 \(seed 1\)\n(?:.*\n)*?.*: 300 images, in /);
    expect(stderr).toMatch(/shapes10 test, 200 of 1000 \(seed 1\)\n(?:.*\n)*?.*: 200 images, in /);
    expect(stderr).toMatch(/training: 5 epochs, in .*\(loss .*, accuracy .*, validation .*\)/);

    const picture = inFolder('picture.png');
    execFileSync('.venv/bin/python', ['-c', PICTURE, picture]);
    const predicted = await graft('predict', '--classifier', saved, picture, '--json', '--top', '2');
    expect(predicted).toMatchObject({ status: 0, stderr: '' });
    const [prediction] = JSON.parse(predicted.stdout) as { file: string; ranking: object[] }[];
    expect(prediction.file).toBe(picture);
    expect(prediction.ranking).toHaveLength(2);
    expect((await graft('predict', '--classifier', saved, picture)).stdout).toMatch(
      /^\S*picture\.png: \w+ \d+\.\d %, \w+ .* %\n$/,
    );
    expect(await graft('predict', '--classifier', saved, inFolder('no.png'))).toMatchObject({ status: 1 });
  });

  it('predicts a folder and a pattern, names what cannot be read, and writes a table', async () => {
    const [saved, picture] = [inFolder('classifier'), inFolder('picture.png')];
    mkdirSync(inFolder('photos/more'), { recursive: true });
    for (const name of ['photos/a.png', 'photos/more/c, "d".png']) copyFileSync(picture, inFolder(name));
    writeFileSync(inFolder('photos/b.jpg'), 'not a picture');
    const words = await graft('predict', '--classifier', saved, inFolder('photos'), '--threshold', '0.99');
    expect(words.status).toBe(1);
    expect(words.stdout.split('\n')).toEqual([
      expect.stringMatching(/photos\/a\.png: unsure \(\w+ \d+\.\d %, /),
      expect.stringMatching(/photos\/b\.jpg: could not be read$/),
      expect.stringMatching(/photos\/more\/c, "d"\.png: unsure /),
      '',
    ]);
    expect(words.stderr).toMatch(
      /photos\/b\.jpg: expected a picture \(.*\n.*graft predict: 1 of 3 files could not be read\.\n$/s,
    );
    const objects = JSON.parse(
      (await graft('predict', '--classifier', saved, inFolder('photos/**/*.png'), inFolder('none'), '--json')).stdout,
    ) as object[];
    expect(objects.map((one) => Object.keys(one))).toEqual([
      ['file', 'className', 'probability', 'ranking'],
      ['file', 'className', 'probability', 'ranking'],
      ['file', 'error'],
    ]);
    const table = inFolder('new/predictions.csv');
    const written = await graft('predict', '--classifier', saved, inFolder('photos'), '--out', table);
    expect(written).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^2 pictures in .*predictions\.csv\n$/) as string,
    });
    const read =
      'import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig")))))';
    const rows = JSON.parse(execFileSync('python3', ['-c', read, table], { encoding: 'utf8' })) as Record<
      string,
      string
    >[];
    expect(rows.map(({ file }) => path.relative(inFolder('photos'), file))).toEqual([
      'a.png',
      'b.jpg',
      'more/c, "d".png',
    ]);
    expect(rows[1]).toMatchObject({
      class: '',
      probability: '',
      error: expect.stringContaining('expected a picture') as string,
    });
    expect(Object.keys(rows[0]).slice(0, 5)).toEqual(['file', 'class', 'probability', 'error', 'seen']);
    expect(rows[0][rows[0].class]).toBe(rows[0].probability);
    const sum = Object.values(rows[0])
      .slice(5)
      .reduce((total, share) => total + Number(share), 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  it('evaluates what was saved as the training did, and writes the report', async () => {
    const report = inFolder('new/evaluation');
    const args = [
      'evaluate',
      '--classifier',
      inFolder('classifier'),
      '--data',
      'shapes10',
      '--cache',
      inFolder('trained'),
    ];
    const { status, stdout } = await graft(...args, '--size', '200', '--out', report, '--json');
    expect(status).toBe(0);
    const said = JSON.parse(stdout) as Record<string, unknown> & { confusion: number[][] };
    const [id] = readdirSync(inFolder('runs'));
    const run = JSON.parse(readFileSync(inFolder('runs', id, 'run.json'), 'utf8')) as { test: object };
    expect(said).toMatchObject(nearly(run.test)); // without TensorFlow.js, to float32
    expect(said.confusion.flat().reduce((a, b) => a + b)).toBe(200);
    expect(said).toMatchObject({ precision: 'float32', data: { n: 200 }, classifier: { network: 'vgg19-mini' } });
    expect(JSON.parse(readFileSync(path.join(report, 'evaluation.json'), 'utf8'))).toEqual(said);
    expect(readFileSync(path.join(report, 'evaluation.html'), 'utf8')).toContain(
      '<h1>Test on shapes10 test, 200 of 1000',
    );
    const csv = (name: string): string[] => readFileSync(path.join(report, name), 'utf8').trimEnd().split('\n');
    const wrong = said.confusion.flatMap((row, i) => row.filter((_, j) => i !== j)).reduce((a, b) => a + b);
    expect([csv('classes.csv').length, csv('mistakes.csv').length]).toEqual([said.confusion.length + 1, wrong + 1]);
    const words = await graft(...args, '--size', '200', '--out', report);
    expect(words.stdout).toMatch(
      /^test accuracy .*\ntemperature .*\nshapes10 test, 200 of .*\n.*\nreport in .*evaluation\.html\n$/,
    );
    expect(await graft(...args, '--size', '2000', '--out', report)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        '--size: expected a whole number from 1 to 1000 (shapes10 test); got 2000.',
      ) as string,
    });
    const other = await graft(...args, '--data', 'cifar10-sample', '--out', inFolder('never'));
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('cifar10-sample test: expected classes among disc, square');
    expect(existsSync(inFolder('never'))).toBe(false);
    expect(await graft('evaluate', '--classifier', inFolder('nothing'))).toMatchObject({ status: 1 });
  });

  it('evaluates a folder of photos as the training did, or all of it, and predicts them the same', async () => {
    const photos = inFolder('shapes');
    const { test } = shapes10({ train: 1, test: 80 });
    for (let i = 0; i < test.n; i++) {
      const raw = { width: 32, height: 32, channels: 3 } as const;
      const file = path.join(photos, test.classNames[test.labels[i] % 2], `${i}.png`);
      mkdirSync(path.dirname(file), { recursive: true });
      const scaled = sharp(await test.at([i]), { raw }).resize(70 + (i % 9), 90, { fit: 'fill' });
      await scaled.toFile(file);
    }
    const [saved, cache] = [inFolder('of-shapes'), inFolder('shape-features')];
    const args = ['--data', photos, '--cache', cache, '--json'];
    const small = [
      '--backbone',
      'vgg19-mini',
      '--epochs',
      '3',
      '--precision',
      'float32',
      '--class-weights',
      'balanced',
    ];
    const trained = await graft('train', ...args, ...small, '--runs', inFolder('shape-runs'), '--save', saved);
    const run = JSON.parse(trained.stdout) as { test: TestFigures; options: object };
    expect(run.options).toMatchObject({ classWeights: 'balanced' });
    const judged = ['evaluate', '--classifier', saved, ...args, '--out', inFolder('of-shapes-report')];
    const tested = await graft(...judged);
    const said = JSON.parse(tested.stdout) as TestFigures;
    const { accuracy, perClass, temperature, n } = run.test;
    expect(said).toMatchObject(nearly({ accuracy, perClass, temperature, n }));
    expect(said.rocAuc!.value).toBe(run.test.rocAuc!.value);
    expect(said.loss).toBeCloseTo(run.test.loss, 6);
    expect(tested.stderr).toContain('all found on disk'); // as the training computed them
    const all = JSON.parse((await graft(...judged, '--split', 'all')).stdout) as { n: number; confusion: number[][] };
    expect(all.n).toBe(80);
    const guesses = JSON.parse((await graft('predict', '--classifier', saved, photos, '--json')).stdout) as {
      className: string;
      file: string;
    }[];
    const right = guesses.filter(({ className, file }) => path.basename(path.dirname(file)) === className).length;
    expect(Math.abs(right - all.confusion[0][0] - all.confusion[1][1])).toBeLessThanOrEqual(1); // one batch or another
  }, 300_000);

  it('predict keeps what is done when it is interrupted', async () => {
    const [saved, table] = [inFolder('classifier'), inFolder('part.csv')];
    for (let i = 0; i < 600; i++) copyFileSync(inFolder('picture.png'), inFolder(`many-${i}.png`));
    const args = ['src/graft.mjs', 'predict', '--classifier', saved, inFolder('many-*.png'), '--out', table];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stderr.on('data', (said) => void (/ of 600 pictures/.test(String(said)) && child.kill('SIGINT')));
    expect(await text(child.stdout)).toMatch(/^\d+ pictures in .*part\.csv, interrupted\n$/);
    expect(await ended).toBe(130);
    const lines = readFileSync(table, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThan(601);
  });

  it('says in words what came out, and what was found and what was computed', async () => {
    const { stdout, stderr } = await graft(
      ...training,
      '--epochs',
      '2',
      '--dropout',
      '0.3',
      '--batch-size',
      '16',
      ...options(),
    );
    expect(stderr).toMatch(/shapes10 train, 300 of 2750 \(seed 1\)\n.*: 300 images, all found on disk/);
    const [accuracy, calibration, what, stages, where] = stdout.split('\n');
    expect(accuracy).toMatch(/^test accuracy \d+\.\d % \(95 % interval .* n = 200\)$/);
    expect(calibration).toMatch(/^temperature \d\.\d\d: expected calibration error \d+\.\d % before, \d+\.\d % after$/);
    expect(what).toBe('shapes10 train, 300 of 2750 (seed 1); vgg19-mini to fc2; dropout 0.3; seed 1');
    expect(stages).toMatch(
      /^data .* s, model .* s, features .* s, training .* s, evaluation .* s; onnx, float32, found on disk; /,
    );
    expect(where).toMatch(/^written down in .*run\.json$/);
  });
});

describe('graft cache', () => {
  it('lists, verifies, merges and prunes', async () => {
    const cache = inFolder('to-list');
    for (const split of ['train', 'test'])
      await graft('features', ...SMALL, '--split', split, '--limit', '8', '--cache', cache);
    const listed = await graft('cache', '--cache', cache);
    expect(listed.status).toBe(0);
    expect(listed.stdout).toMatch(
      /vgg19-mini to block5_pool, float32, bicubic; 16 rows in 2 pieces \([0-9a-f]{24}\)\n/,
    );
    expect(listed.stdout).toMatch(/\n1 sets of features, 0\.000 GB, in /);
    const kept = await graft('cache', '--cache', cache, '--verify', '--merge');
    expect(kept.stdout).toMatch(/[0-9a-f]{24}: 16 rows verified, all whole; made by ONNX Runtime [\d.]+.*\n/);
    expect(kept.stdout).toMatch(/[0-9a-f]{24}: 2 pieces merged into 1\n/);
    const json = JSON.parse((await graft('cache', '--cache', cache, '--max-size', '0', '--json')).stdout) as object;
    expect(json).toMatchObject({ kept: [], bytes: 0, removed: [{ pieces: 1, rows: 16 }] });
  });
});

/** A 2×2 PNG by Python's standard library. */
const PICTURE = `
import sys, zlib, struct
chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
rows = b''.join(b'\\0' + bytes([200, 30, 40] * 2) for _ in range(2))
header = chunk(b'IHDR', struct.pack('>IIBBBBB', 2, 2, 8, 2, 0, 0, 0))
png = b'\\x89PNG\\r\\n\\x1a\\n' + header + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')
open(sys.argv[1], 'wb').write(png)
`;
