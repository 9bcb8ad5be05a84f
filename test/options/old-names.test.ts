import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parseArguments } from '../../src/command/flags/arguments.mjs';
import type { Flag } from '../../src/command/flags/flag.mjs';
import { COMMANDS } from '../../src/command/main.mjs';
import { photos } from '../../src/data/photos.ts';
import { listRuns } from '../../src/experiments/runs.ts';
import { parseSweepFile } from '../../src/experiments/sweep-file.ts';
import { OLD_NAMES } from '../../src/options/old-names.mjs';
import { makeFolder } from '../../src/storage/files/replace-file.ts';
import { writeSealed } from '../../src/storage/files/sealed-json.ts';

/** A value of each renamed option, under its present name. */
const VALUES: Readonly<Record<string, string>> = { interpolation: 'area', resize: 'pad' };

describe.each(Object.entries(OLD_NAMES))('the old name %s of the option %s', (old, now) => {
  const value = VALUES[now];

  it('is read as a flag of every command that has the option, with a remark', () => {
    const having = Object.entries(COMMANDS).filter(([, { flags }]) => now in (flags as Record<string, Flag<unknown>>));
    expect(having.length).toBeGreaterThan(1);
    for (const [name, command] of having)
      for (const args of [[`--${old}`, value], [`--${old}=${value}`]]) {
        const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
        try {
          const also = name === 'engines' ? ['--race'] : [];
          const out = name.startsWith('cluster') || name === 'import' ? ['--out', 'somewhere'] : [];
          const place = name === 'import' ? ['model.keras', ...out] : out;
          expect(parseArguments(command, [...args, ...also, ...place]).values, name).toMatchObject({ [now]: value });
          expect(said).toHaveBeenCalledExactlyOnceWith(
            `--${old} is now called --${now}. The old name will go with the next version.\n`,
          );
        } finally {
          said.mockRestore();
        }
      }
  });

  it('is read in the file of a sweep, with a remark; both names at once are refused', () => {
    const remarks: string[] = [];
    const read = (file: object) => parseSweepFile(JSON.stringify(file), 'g.json', (text) => remarks.push(text));
    expect(read({ [old]: value, grid: { seed: [1] } })).toEqual({ [now]: value, grid: { seed: [1] } });
    expect(remarks).toEqual([`g.json: "${old}" is now called "${now}". The old name will go with the next version.`]);
    expect(() => read({ [old]: value, [now]: value, grid: {} })).toThrow(`expected "${now}" alone`);
  });

  it('of a run that was written down reads as the present one', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'old-names-'));
    try {
      makeFolder(path.join(folder, 'a'));
      writeSealed(path.join(folder, 'a', 'run.json'), { id: 'a', options: { [old]: value, dropout: 0.5 } });
      expect(listRuns({ folder }).map(({ options }) => options)).toEqual([{ [now]: value, dropout: 0.5 }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('an old name is refused where code hands it over, so that it never counts for nothing', async () => {
  await expect(photos('nowhere', { fit: 'pad' } as object)).rejects.toThrow(
    'photos: expected "resize", as the option is called now; got "fit".',
  );
});
