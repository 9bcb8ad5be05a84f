import { afterEach, describe, expect, it, vi } from 'vitest';
import { setNotebookHost } from '../../src/host/host.ts';
import { progressBar, progressOf } from '../../src/host/progress.ts';

afterEach(() => setNotebookHost(undefined));

describe('progress', () => {
  it('is shown by default in a notebook and on a terminal, not in a pipe', () => {
    const { isTTY } = process.stderr;
    try {
      process.stderr.isTTY = false;
      expect(progressOf(undefined)).toBeUndefined();
      process.stderr.isTTY = true;
      expect(progressOf(undefined, 'runs')).toBeTypeOf('function');
      process.stderr.isTTY = false;
      setNotebookHost({ display() {}, signal: undefined });
      expect(progressOf(undefined)).toBeTypeOf('function');
    } finally {
      process.stderr.isTTY = isTTY;
    }
  });

  it('reads as people write: groups of thousands, no exponents', async () => {
    const shown: string[] = [];
    setNotebookHost({ display: (data) => shown.push(data['text/plain']), signal: undefined });
    const bar = progressBar();
    bar({ label: 'fast', done: 0, total: 100_000 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    bar({ label: 'fast', done: 99_000, total: 100_000 });
    expect(shown[1]).toMatch(/^fast: 99,000 of 100,000 images, \d{2,3},\d{3} images\/s, [\d.]+ s left$/);
  });

  it('names what each step counts, though one bar shows steps of several kinds', () => {
    const shown: string[] = [];
    setNotebookHost({ display: (data) => shown.push(data['text/plain']), signal: undefined });
    const bar = progressBar('runs');
    const files = progressOf(bar, 'files')!;
    const within = progressOf(files, 'images')!;
    files({ label: 'looking at photos', done: 1, total: 5 });
    within({ label: 'vgg16 to fc2', done: 4, total: 4, cached: 4 });
    bar({ label: 'sweep', done: 2, total: 2, cached: 2 });
    expect(shown).toEqual([
      'looking at photos: 1 of 5 files',
      'vgg16 to fc2: 4 images, all found on disk',
      'sweep: 2 runs, all found on disk',
    ]);
  });

  const long = { label: 'vgg16 to block5_pool', of: 'float32, cifar10 train, 512 of 50000 (seed 1)' };
  const longest = `/home/somebody/${'folder/'.repeat(20)}pictures`;

  it('says what is done in under 60 characters, and once what it is done to', () => {
    const shown: string[] = [];
    setNotebookHost({ display: (data) => shown.push(data['text/plain']), signal: undefined });
    progressBar()({ ...long, done: 0, total: 2 });
    progressBar('files')({ label: `looking at ${longest}`, done: 0, total: 2 });
    setNotebookHost(undefined);
    expect(shown[0]).toBe(`vgg16 to block5_pool: ${long.of}\nvgg16 to block5_pool: 0 of 2 images`);
    expect(shown[1]).toMatch(/^looking at \/home\/somebody\/.*….*\/pictures: 0 of 2 files$/);
    expect(shown[1].split(':')[0].length).toBeLessThan(60);

    const { isTTY } = process.stderr;
    for (const terminal of [false, true]) {
      const written: string[] = [];
      const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean(written.push(String(text))));
      try {
        process.stderr.isTTY = terminal;
        const bar = progressBar();
        for (const done of [0, 1, 2]) bar({ ...long, done, total: 2 });
      } finally {
        process.stderr.isTTY = isTTY;
        write.mockRestore();
      }
      expect(written.join('').split(long.of)).toHaveLength(2); // once
      expect(written[0]).toMatch(/vgg16 to block5_pool: float32, .*\n$/);
      expect(written.at(-1)).toMatch(/vgg16 to block5_pool: 2 images/);
    }
  });
});
