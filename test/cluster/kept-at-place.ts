import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { pick } from '../../src/data/dataset.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { extractFeatures, type ExtractOptions } from '../../src/features/extract.ts';
import type { Features } from '../../src/features/features.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { openPlace, type PlacedFile } from '../../src/storage/places/place.ts';

/**
 * What features kept at a place promise; a machine is played by a data folder of its own.
 * @param fresh gives the URI of a place where nothing is
 * @param overwrite changes a file there, as nothing of Graft's does
 */
export function keptAtPlace(
  kind: string,
  fresh: () => string,
  overwrite: (uri: string, file: PlacedFile, bytes: Uint8Array) => Promise<unknown>,
): void {
  const images = shapes10({ train: 64 }).train;
  const every = Array.from({ length: 64 }, (_, i) => i);
  let backbone: tf.LayersModel;
  let machines: string[] = [];
  const machine = (): void => {
    machines.push(mkdtempSync(path.join(os.tmpdir(), 'machine-')));
    vi.stubEnv('GRAFT_DATA', machines.at(-1));
  };
  const piecesHere = (): string[] =>
    readdirSync(machines.at(-1)!, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.npy') && !/\.known\//.test(name))
      .map((name) => path.join(machines.at(-1)!, name));
  const extract = (cache: string, of = images, options: ExtractOptions = {}): Promise<Features> =>
    extractFeatures(backbone, of, { cache, precision: 'float32', progress: false, ...options });
  const half = (from: number): typeof images => pick(images, every.slice(from, from + 32));

  describe(`${kind}: features`, () => {
    beforeAll(async () => void (backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool')));
    beforeEach(machine);
    afterEach(() => {
      vi.unstubAllEnvs();
      for (const folder of machines) rmSync(folder, { recursive: true });
      machines = [];
    });

    it('of one machine are read on another, bit for bit, with nothing computed', async () => {
      const uri = fresh();
      const first = await extract(uri);
      const rows = await first.rows(every);
      expect(first.origin!.cached).toBe(0);
      machine();
      const second = await extract(uri);
      expect(second.origin!.cached).toBe(64);
      expect(second.id).toBe(first.id);
      expect(await second.rows(every)).toEqual(rows);
      machine();
      const local = await extract(path.join(machines.at(-1)!, 'features'));
      expect(await local.rows(every)).toEqual(rows);
    });

    it('are computed where they are missing, and put there once', async () => {
      const uri = fresh();
      const place = await openPlace(uri);
      const names = async (): Promise<string[]> =>
        (await place.list('')).flatMap(({ name }) => (name.endsWith('.npy') ? [name] : []));
      await extract(uri, half(0));
      expect(await names()).toHaveLength(1);
      machine();
      const all = await extract(uri);
      expect(all.origin!.cached).toBe(32);
      expect(await names()).toHaveLength(2);
      await extract(uri);
      expect(await names()).toHaveLength(2);
    });

    it('come with the calibration of 8 bits', async () => {
      const uri = fresh();
      const options = { precision: 'auto' } as const;
      const first = await extract(uri, images, options);
      machine();
      const second = await extract(uri, half(32), options);
      expect(second.origin!.backbone.id).toBe(first.origin!.backbone.id);
      expect(second.origin!.cached).toBe(32);
    });

    it('are brought only as far as they are needed', async () => {
      const uri = fresh();
      (await extract(uri, half(0))).close();
      (await extract(uri, half(32))).close();
      machine();
      (await extract(uri, half(32))).close();
      expect(piecesHere()).toHaveLength(1);
    });

    it('stay below the limit here: the longest unused go, those in use never, and come again', async () => {
      const uri = fresh();
      (await extract(uri, half(0))).close();
      (await extract(uri, half(32))).close();
      const size = statSync(piecesHere()[0]).size;
      machine();
      vi.stubEnv('GRAFT_CACHE_LIMIT', String((1.5 * size) / 1e9));
      const first = await extract(uri, half(0));
      const [file] = piecesHere();
      const rows = await first.rows([0]);
      await expect(extract(uri, half(32))).rejects.toThrow(/are needed here at once; GRAFT_CACHE_LIMIT allows/);
      expect(existsSync(file)).toBe(true);
      first.close();
      const second = await extract(uri, half(32));
      expect(existsSync(file)).toBe(false);
      expect(piecesHere()).toHaveLength(1);
      expect(second.origin!.cached).toBe(32);
      second.close();
      expect(await first.rows([0])).toEqual(rows);
      first.close();
    });

    it.each([
      ['changed', (bytes: Buffer) => bytes.fill(7, 400, 404)],
      ['cut off', (bytes: Buffer) => bytes.subarray(0, 1000)],
    ])('that were %s there are computed once, and put right there', async (_, how) => {
      const uri = fresh();
      const place = await openPlace(uri);
      const pieces = async (): Promise<PlacedFile[]> =>
        (await place.list('')).filter(({ name }) => name.endsWith('.npy'));
      const rows = await (await extract(uri)).rows(every);
      const [piece] = await pieces();
      const whole = Buffer.from(await place.read(piece.name));
      await overwrite(uri, piece, how(Buffer.from(whole)));
      machine();
      expect(await (await extract(uri)).rows(every)).toEqual(rows);
      expect((await pieces()).map(({ name }) => name)).toEqual([piece.name]);
      expect(whole.equals(await place.read(piece.name))).toBe(true);
      machine();
      const later = await extract(uri);
      expect([later.origin!.cached, await later.rows(every)]).toEqual([64, rows]);
    });

    it('that were damaged here are brought again', async () => {
      const uri = fresh();
      const rows = await (await extract(uri)).rows(every);
      machine();
      (await extract(uri)).close();
      const { openSync, writeSync, closeSync } = await import('node:fs');
      const handle = openSync(piecesHere()[0], 'r+');
      writeSync(handle, Buffer.from('damage'), 0, 6, 400);
      closeSync(handle);
      await expect((await extract(uri)).rows(every)).rejects.toThrow(/differs from what was written/);
      const again = await extract(uri);
      expect(again.origin!.cached).toBe(64);
      expect(await again.rows(every)).toEqual(rows);
    });
  });
}
