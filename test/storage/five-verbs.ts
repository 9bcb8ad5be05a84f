import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPlace, type Place } from '../../src/storage/places/place.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/**
 * What every place promises.
 * @param fresh gives the URI of a place where nothing is
 */
export function fiveVerbs(kind: string, fresh: () => string): void {
  describe(`${kind}: five verbs`, () => {
    it('puts a file that is not there, and leaves one that is', async () => {
      const place = await openPlace(fresh());
      expect(await place.putIfAbsent('plans/a.json', Buffer.from('first'))).toBe(true);
      expect(await place.putIfAbsent('plans/a.json', Buffer.from('second'))).toBe(false);
      expect(text(await place.read('plans/a.json'))).toBe('first');
      expect(await place.putIfAbsent('empty', new Uint8Array())).toBe(true);
      expect(await place.read('empty')).toHaveLength(0);
    });

    it('puts a local file', async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'place-source-'));
      try {
        const file = path.join(folder, 'large');
        const bytes = Buffer.alloc(9_000_001, 'graft ');
        writeFileSync(file, bytes);
        const place = await openPlace(fresh());
        expect(await place.putIfAbsent('a/large', { file })).toBe(true);
        expect(bytes.equals(await place.read('a/large'))).toBe(true);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('lets one of several writers win, and says so to that one', async () => {
      const uri = fresh();
      const places = await Promise.all(Array.from({ length: 8 }, () => openPlace(uri)));
      const won = await Promise.all(places.map((place, i) => place.putIfAbsent('one', Buffer.alloc(100_000, `${i}`))));
      expect(won.filter(Boolean)).toHaveLength(1);
      const bytes = await places[0].read('one');
      expect(Buffer.alloc(100_000, `${won.indexOf(true)}`).equals(bytes)).toBe(true);
    });

    it('reads ranges as Array.slice does', async () => {
      const place = await openPlace(fresh());
      await place.putIfAbsent('ten', Buffer.from('0123456789'));
      const range = async (start: number, end: number): Promise<string> =>
        text(await place.read('ten', { start, end }));
      expect(await range(2, 5)).toBe('234');
      expect(await range(0, 10)).toBe('0123456789');
      expect(await range(8, 100)).toBe('89');
      expect(await range(10, 20)).toBe('');
      expect(await range(3, 3)).toBe('');
    });

    it('looks at files, lists and removes them', async () => {
      const place = await openPlace(fresh());
      expect(await place.list('')).toEqual([]);
      expect(await place.head('b/2')).toBeUndefined();
      for (const name of ['b/2', 'b/10', 'b/c/1', 'bb', 'a é ß+&=?#%'])
        await place.putIfAbsent(name, Buffer.from(name));
      expect(await place.head('b/10')).toEqual({ size: 4 });
      expect(await place.head('b')).toBeUndefined();
      const names = async (prefix: string): Promise<string[]> => (await place.list(prefix)).map(({ name }) => name);
      expect(await names('')).toEqual(['a é ß+&=?#%', 'b/10', 'b/2', 'b/c/1', 'bb']);
      expect(await names('b/')).toEqual(['b/10', 'b/2', 'b/c/1']);
      expect(await names('b/1')).toEqual(['b/10']);
      expect(await names('nothing/here')).toEqual([]);
      expect((await place.list('bb'))[0]).toMatchObject({ name: 'bb', size: 2 });
      expect(text(await place.read('a é ß+&=?#%'))).toBe('a é ß+&=?#%');
      await place.remove('b/2');
      await place.remove('b/2');
      expect(await names('b/')).toEqual(['b/10', 'b/c/1']);
      expect(await place.putIfAbsent('b/2', Buffer.from('again'))).toBe(true);
    });

    it('tells a file that is not there by ENOENT and its name', async () => {
      const place = await openPlace(fresh());
      const error = await place.read('not/there').then(
        () => undefined,
        (error: unknown) => error as NodeJS.ErrnoException,
      );
      expect(error?.message).toContain('not/there');
      expect(error?.code ?? (error?.cause as NodeJS.ErrnoException).code).toBe('ENOENT');
    });

    it.each(['', '/etc/passwd', '../x', 'a/../../x', 'a//b', '.hidden', 'a\\b', 'a\0b', 'a/'])(
      'refuses the name %j',
      async (name) => {
        const place: Place = await openPlace(fresh());
        await expect((async () => place.putIfAbsent(name, new Uint8Array()))()).rejects.toThrow('expected a name like');
        await expect((async () => place.read(name))()).rejects.toThrow('expected a name like');
      },
    );
  });
}
