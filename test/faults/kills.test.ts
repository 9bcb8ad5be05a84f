import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLUSH_MS, KINDS, slowServer, SPAN, work } from './killed-work.ts';
import { draws, KILLS, report } from './scale.ts';

let folder: string;
let server: Awaited<ReturnType<typeof slowServer>>;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'faults-'));
  server = await slowServer();
  ({ url } = server);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const own = (name: string): string => {
  const made = path.join(folder, name);
  mkdirSync(made, { recursive: true });
  return made;
};

describe('killed with SIGKILL at random moments and started again', () => {
  for (const kind of KINDS) {
    it(`${kind} end with the result of an undisturbed run, bit for bit`, async () => {
      const undisturbed = await work(kind, own(`${kind}-undisturbed`), { url });
      const expected = readFileSync(path.join(folder, `${kind}-undisturbed`, 'result'));
      const span = Math.max(SPAN[kind], undisturbed.ms); // on a busy machine all takes longer
      const next = draws(`kills/${kind}`);
      let [kills, rounds, bytes, computed] = [0, 0, 0, 0];
      while (kills < KILLS) {
        const here = own(`${kind}-${rounds++}`);
        for (let end = 'killed'; end === 'killed';) {
          const run = await work(kind, here, { url, wait: next() * span });
          computed += run.computed;
          ({ end } = run);
          if (end === 'killed') kills++;
        }
        const got = readFileSync(path.join(here, 'result'));
        expect(got.equals(expected)).toBe(true);
        bytes += got.length;
        if (kind === 'download') expect(readdirSync(here).sort()).toEqual(['file.bin', 'result']);
        rmSync(here, { recursive: true });
      }
      if (kind === 'features') {
        // a kill loses what was computed since the last flush, and the batches in flight
        expect(undisturbed.computed).toBe(1500);
        const interval = Math.ceil((2 * FLUSH_MS * 1500) / undisturbed.ms) + 2 * 8;
        expect(computed).toBeLessThanOrEqual(rounds * 1500 + kills * interval);
        report(
          `features: ${computed.toLocaleString('en-US')} computed for ${(rounds * 1500).toLocaleString('en-US')}, ${((computed - rounds * 1500) / kills).toFixed(1)} a kill twice, over ${(undisturbed.ms / FLUSH_MS).toFixed(0)} flush intervals`,
        );
      }
      report(`${kind}: ${kills} kills in ${rounds} runs, ${bytes.toLocaleString('en-US')} bytes compared, all equal`);
    });
  }
});
