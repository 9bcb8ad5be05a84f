import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { vi } from 'vitest';

/** A folder of its own, with what is noted of pictures in it; `remove` takes both away. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const all = mkdtempSync(path.join(os.tmpdir(), 'photos-'));
  const before = process.env.GRAFT_DATA;
  process.env.GRAFT_DATA = path.join(all, 'data');
  return {
    folder: path.join(all, 'pictures'),
    remove() {
      if (before === undefined) delete process.env.GRAFT_DATA;
      else process.env.GRAFT_DATA = before;
      rmSync(all, { recursive: true, force: true });
    },
  };
}

/** A picture that differs from others by its number: [height, width] of noise on a colour. */
export const picture = (number: number, [height, width]: readonly [number, number] = [24, 32]): Promise<Buffer> => {
  const pixels = Uint8Array.from(
    { length: height * width * 3 },
    (_, i) => (number * 37 + Math.floor(i / 3 / width) * 5 + (i % 3) * 60) % 256,
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
};

/** A picture whose header and end are fine, and that cannot be decoded: a byte in its middle is another one. */
export async function brokenInside(number: number): Promise<Buffer> {
  const bytes = await picture(number, [64, 64]);
  bytes[bytes.indexOf('IDAT') + 20] ^= 0xff;
  return bytes;
}

/** Writes a file as if long ago; it counts as settled once {@link minutesLater} is called too. */
export function put(folder: string, name: string, content: Uint8Array | string, age = 60): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  const when = Date.now() / 1000 - age;
  utimesSync(file, when, when);
  return file;
}

/** Overwrites a file as `rsync -t --inplace` and `exiftool -P` do: size and time of change stay what they were. */
export function overwrite(file: string, content: Uint8Array): void {
  const { size, atimeMs, mtimeMs, ctimeMs } = statSync(file);
  if (content.length !== size) throw new Error(`expected ${size} bytes; got ${content.length}`);
  do {
    writeFileSync(file, content);
    utimesSync(file, atimeMs / 1000, mtimeMs / 1000);
  } while (statSync(file).ctimeMs === ctimeMs); // the system's clock ticks every 4 ms
}

/** A picture of 8×8 in one colour, in as many bytes as any other of them. */
export const plainPicture = (level: number): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: level, g: level, b: level } } })
    .png({ compressionLevel: 0 })
    .toBuffer();

/** Lets files count as settled that were written just now; `vi.useRealTimers()` takes it back. */
export const minutesLater = (): void => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });

/** Writes so many different pictures of each class. */
export async function putClasses(folder: string, classes: Readonly<Record<string, number>>, from = 0): Promise<void> {
  let number = from;
  for (const [name, count] of Object.entries(classes))
    for (let i = 0; i < count; i++) put(folder, `${name}/${i}.png`, await picture(number++));
}
