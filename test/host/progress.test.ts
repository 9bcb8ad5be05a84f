import { afterEach, describe, expect, it } from 'vitest';
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
});
