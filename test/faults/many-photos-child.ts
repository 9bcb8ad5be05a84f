// Draws, opens and extracts very many photos in a process of its own; prints a line of JSON for each thing measured.
// usage: node --expose-gc --import tsx test/faults/many-photos-child.ts FOLDER draw FROM TO
//        GRAFT_DATA=… node --expose-gc --import tsx test/faults/many-photos-child.ts FOLDER open [STOP-AT]
//        GRAFT_DATA=… node --expose-gc --import tsx test/faults/many-photos-child.ts FOLDER extract CACHE [STOP-AT]
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { openSource } from '../../src/data/open-source.ts';
import { photos } from '../../src/data/photos.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import type { Progress } from '../../src/host/progress.ts';
import { loadNetwork } from '../../src/models/networks/network.ts';
import { cutAt } from '../../src/models/surgery.ts';
import { random } from '../../src/random.ts';

const [SIZE, CLASSES, DRAWN_EVERY, PARTS] = [32, 10, 20, 12];
const LONG_AGO = new Date('2020-01-01');
const [folder, what, ...rest] = process.argv.slice(2);

const fromProc = (file: string, name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/self/${file}`, 'utf8'))![1]);
const print = (fact: object): void => console.log(JSON.stringify(fact));
/** Of this process, its start included; says more than a clock on a machine that others use too. */
const cpuSeconds = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
const memory = (done: number): void => {
  globalThis.gc?.(); // what is garbage is not counted
  print({ done, mib: fromProc('status', 'VmRSS') / 1024 });
};

/** Small JPEGs of squares on noise; one in twenty is drawn anew, the others differ from it in a comment. */
async function draw(from: number, to: number): Promise<void> {
  for (let k = 0; k < CLASSES; k++) mkdirSync(path.join(folder, `class ${k}`), { recursive: true });
  let drawn: Buffer = Buffer.alloc(0);
  for (let i = from; i < to; i++) {
    if (i === from || i % DRAWN_EVERY === 0) drawn = await drawOne(random(i, 'many photos'));
    const file = path.join(folder, `class ${Math.floor(i / DRAWN_EVERY) % CLASSES}`, `${i}.jpg`);
    writeFileSync(file, withComment(drawn, String(i).padStart(8)));
    utimesSync(file, LONG_AGO, LONG_AGO); // settled
  }
}

function drawOne(next: () => number): Promise<Buffer> {
  const pixels = new Uint8Array(SIZE * SIZE * 3).map(() => 64 * next());
  for (let square = 0; square < 3; square++) {
    const [top, left, side] = [Math.floor(20 * next()), Math.floor(20 * next()), 4 + Math.floor(8 * next())];
    const colour = [255 * next(), 255 * next(), 255 * next()];
    for (let y = top; y < top + side; y++)
      for (let x = left; x < left + side; x++) pixels.set(colour, 3 * (y * SIZE + x));
  }
  const raw = { width: SIZE, height: SIZE, channels: 3 } as const;
  return sharp(pixels, { raw }).jpeg({ quality: 85 }).toBuffer();
}

/** A JPEG with a comment behind its first two bytes. */
const withComment = (jpeg: Buffer, text: string): Buffer =>
  Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xfe, 0, 2 + text.length]),
    Buffer.from(text),
    jpeg.subarray(2),
  ]);

/** Looks at all files, up to a stop. */
async function open(stopAt = Infinity): Promise<void> {
  const stop = new AbortController();
  const [began, reads] = [performance.now(), fromProc('io', 'syscr')];
  let [known, next] = [-1, 0];
  const onFile = (done: number, found: number, total: number): void => {
    if (known < 0) known = found;
    if (done >= stopAt) stop.abort();
    if (done < next) return;
    memory(done);
    next = done + total / PARTS;
  };
  try {
    const { items } = await openSource(folder, { onFile, signal: stop.signal });
    print({ opened: items.length });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  const seconds = (performance.now() - began) / 1000;
  print({ known, reads: fromProc('io', 'syscr') - reads, seconds, cpu: cpuSeconds() });
}

/** Runs the small network over all of them, up to a stop. */
async function extract(cache: string, stopAt = Infinity): Promise<void> {
  const { train, test } = await photos(folder, { progress: false });
  const backbone = cutAt(await loadNetwork('vgg19-mini'), 'block5_pool');
  const stop = new AbortController();
  const part = (train.n + test.n) / PARTS;
  let [before, last, next, began] = [0, 0, 0, 0];
  for (const images of [train, test]) {
    const progress = ({ done, label }: Progress): void => {
      if (label.startsWith('calibrating')) return;
      began ||= performance.now();
      last = before + done;
      if (last >= stopAt) stop.abort();
      if (last < next) return;
      memory(last);
      next = last + part;
    };
    try {
      const { origin } = await extractFeatures(backbone, images, { cache, progress, signal: stop.signal });
      print({ extracted: images.n, cached: origin!.cached, engine: origin!.engine });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      break;
    }
    before += images.n;
  }
  memory(last);
  print({ seconds: (performance.now() - began) / 1000, cpu: cpuSeconds() });
}

const stopAt = (text?: string): number | undefined => (text ? Number(text) : undefined);
if (what === 'draw') await draw(Number(rest[0]), Number(rest[1]));
else if (what === 'open') await open(stopAt(rest[0]));
else await extract(rest[0], stopAt(rest[1]));
