/**
 * Draws the flowers that notebook 08 takes where no folder is named, and does to some files what is done to files that
 * people collect: README.md says which.
 *
 * usage: npx tsx data/drawn-flowers/make.ts
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { random } from '../../src/random.ts';
import { drawFlowers, type FlowerName, FLOWERS } from './draw.ts';

const FOLDER = import.meta.dirname;
const SEED = 1;
const PER_CLASS = 16;
const SIZES = [[240, 320], [320, 240], [300, 300], [200, 340], [340, 256]] as const;

const put = (file: string, bytes: Uint8Array | string): void => writeFileSync(path.join(FOLDER, file), bytes);
const named = (name: string, i: number, ending = 'jpg'): string => `${name}/${name}-${String(i + 1).padStart(2, '0')}.${ending}`;
const svgOf = (name: FlowerName, key: string): Buffer => {
  const next = random(SEED, `drawn-flowers/${key}`);
  return Buffer.from(drawFlowers(name, SIZES[Math.floor(next() * SIZES.length)], next));
};
const jpegOf = (name: FlowerName, key: string): Promise<Buffer> => sharp(svgOf(name, key)).jpeg({ quality: 80 }).toBuffer();

for (const name of Object.keys(FLOWERS) as FlowerName[]) {
  rmSync(path.join(FOLDER, name), { recursive: true, force: true });
  mkdirSync(path.join(FOLDER, name));
  for (let i = 0; i < PER_CLASS; i++) put(named(name, i), await jpegOf(name, `${name}/${i}`));
}

// what is wrong with them
put(named('daisy', 15, 'png'), '<!DOCTYPE html><title>404</title><p>Image not found</p>\n');
rmSync(path.join(FOLDER, named('daisy', 15)));
put(named('tulip', 15), (await jpegOf('tulip', 'tulip/15')).subarray(0, 3000));
put('tulip/IMG_0042.jpg', await jpegOf('rose', 'rose/3'));
put('sunflower/copy of sunflower-02.jpg', await jpegOf('sunflower', 'sunflower/1'));
put(named('rose', 15), await sharp(svgOf('rose', 'rose/15')).png({ palette: true, colours: 64 }).toBuffer());
put('rose/thumbnail.png', await sharp(svgOf('rose', 'rose/5')).resize(12, 12).png().toBuffer());
// a telephone held upright: pixels lie on their side, and EXIF says so
put(named('sunflower', 14), await sharp(await jpegOf('sunflower', 'sunflower/14')).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 80 }).toBuffer());
// a daisy among the sunflowers, as no file shows
put(named('sunflower', 15), await jpegOf('daisy', 'daisy/mislabelled'));
