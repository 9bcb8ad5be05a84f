import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Streamed } from '../../src/command/line/command.mjs';
import { run as graftPredict } from '../../src/command/run/predict.ts';
import {
  openClassifier,
  type OpenClassifier,
  type Picture,
  PictureError,
  type Prediction,
  type Unclassified,
} from '../../src/predict.ts';
import { readSealed, writeSealed } from '../../src/storage/files/sealed-json.ts';
import { picture } from '../data/pictures.ts';
import { REFERENCES } from '../references/read.ts';
import { packagesReached } from './import-graph.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'open-classifier-'));
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const SAVED = inFolder('classifier');
const files: string[] = [];
const bytes: Buffer[] = [];
let open: OpenClassifier;
let asked: Map<string, Prediction>;

/** What `graft predict` says about files, by their names. */
async function byCommand(classifier: string, names: readonly string[]): Promise<Map<string, Prediction>> {
  const context = { operands: names, signal: new AbortController().signal };
  const { rows } = (await graftPredict({ classifier, top: 10 }, context)) as Streamed;
  const all = new Map<string, Prediction>();
  for await (const { json } of rows) all.set((json as { file: string }).file, json as Prediction);
  return all;
}

beforeAll(async () => {
  cpSync(path.join(REFERENCES, 'saved', 'f0044ed', 'classifier-of-layers'), SAVED, { recursive: true });
  for (let i = 0; i < 12; i++) {
    bytes.push(await picture(i));
    files.push(inFolder(`${i}.png`));
    writeFileSync(files[i], bytes[i]);
  }
  open = await openClassifier(SAVED, { timeout: 60_000 });
  asked = await byCommand(SAVED, files);
});
afterAll(async () => {
  await open.close();
  rmSync(folder, { recursive: true });
});

/** Holds an answer to that of `graft predict` for the same file. */
function expectSame(got: Prediction | Unclassified, file: string): void {
  const { ranking, className } = asked.get(file)!;
  if ('error' in got) throw got.error;
  expect(got.className).toBe(className);
  const of = (all: Prediction['ranking']): Map<string, number> =>
    new Map(all.map((one) => [one.className, one.probability]));
  const [a, b] = [of(got.ranking), of(ranking)];
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  for (const [name, probability] of a) expect(probability).toBeCloseTo(b.get(name)!, 5);
  expect(got.ranking.map(({ probability }) => probability)).toEqual([...a.values()].sort((x, y) => y - x));
}

/** A server on this machine for as long as a test needs it. */
async function serving<T>(answer: http.RequestListener, test: (at: URL) => Promise<T>): Promise<T> {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await test(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

it('the door loads no TensorFlow.js by a static import', () => {
  const reached = packagesReached(['src/predict.ts']);
  expect([...reached.keys()]).toContain('node:stream'); // it does follow them
  const unwanted = [...reached].filter(([name]) => /^(@tensorflow\/|typescript$|tsx)/.test(name));
  expect(Object.fromEntries(unwanted)).toEqual({});
});

describe('an open classifier', () => {
  it('takes a picture in any form, and answers as graft predict', async () => {
    const [one] = bytes;
    const whole = one.buffer.slice(one.byteOffset, one.byteOffset + one.length) as ArrayBuffer;
    const found = await Promise.all([
      open.predict(new Uint8Array(one)),
      open.predict(whole),
      open.predict(new Blob([whole])),
      open.predict(files[0]),
      open.predict(Readable.from([one.subarray(0, 50), one.subarray(50)])),
      open.predict(new Blob([whole]).stream()),
      serving(
        (_, response) => response.end(one),
        (at) => open.predict(at),
      ),
    ]);
    for (const answer of found) expectSame(answer, files[0]);
    expect(found.map(({ file }) => file)).toEqual([
      undefined,
      undefined,
      undefined,
      files[0],
      undefined,
      undefined,
      undefined,
    ]);
    expect(open.classNames).toHaveLength(found[0].ranking.length);
  });

  it('answers a list in its order, with an error in the place of what is no picture', async () => {
    const list: Picture[] = files.flatMap((file, i) => [file, i % 2 ? bytes[i] : new Blob([new Uint8Array(bytes[i])])]);
    const truncated = (await sharp(bytes[0]).resize(200).jpeg().toBuffer()).subarray(0, 900);
    const bad = [new Uint8Array(0), Buffer.from('some text'), truncated, inFolder('none.png'), folder, '/dev/zero'];
    bad.forEach((one, i) => list.splice(3 * i, 0, one));
    const found = await open.predict(list);
    expect(found).toHaveLength(2 * files.length + bad.length);
    const errors = found.flatMap((one) => ('error' in one ? [one.error] : []));
    const kinds = 'expected a picture (JPEG, PNG, WebP, AVIF, GIF, TIFF, HEIC, BMP or SVG); ';
    expect(errors.map(({ message }) => message)).toEqual([
      'expected a picture; it is empty.',
      `${kinds}it is not a picture.`,
      expect.stringContaining(kinds), // and libvips' words, which its threads share
      expect.stringContaining('none.png: expected a file with a picture; ENOENT'),
      expect.stringContaining('it is no file'),
      '/dev/zero: expected a file with a picture; it is no file.',
    ]);
    expect(errors.every((error) => error instanceof PictureError)).toBe(true);
    found.filter((one) => !('error' in one)).forEach((one, i) => expectSame(one, files[Math.floor(i / 2)]));
    await expect(open.predict(bad[1])).rejects.toThrow(PictureError);
  });

  it('refuses what is too large before it reads or decodes it', async () => {
    const small = await openClassifier(SAVED, { maxBytes: 5000, maxPixels: 10_000, timeout: 60_000 });
    const tooLarge = 'expected a picture of at most 5,000 bytes; it has more.';
    let read = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1000, (read += 1000));
      })(),
    );
    await expect(small.predict(endless)).rejects.toThrow(tooLarge);
    expect(read).toBeLessThan(100_000);
    await expect(small.predict(new Uint8Array(5001))).rejects.toThrow(tooLarge);
    await expect(small.predict(new Blob([new Uint8Array(5001)]))).rejects.toThrow(tooLarge);
    writeFileSync(inFolder('large'), new Uint8Array(5001));
    await expect(small.predict(inFolder('large'))).rejects.toThrow('it has 5,001 bytes, more than 5,000');
    const huge = await sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await expect(open.predict(huge)).rejects.toThrow('at most 50,000,000 pixels; it has 10000×10000.');
    const wide = await sharp({ create: { width: 101, height: 100, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await expect(small.predict(wide)).rejects.toThrow('at most 10,000 pixels; it has 101×100.');
    expectSame(await open.predict(files[1]), files[1]);
    await small.close();
  });

  it('says what is no picture at all, and that a string is a path', async () => {
    await expect(open.predict('https://localhost/a.png')).rejects.toThrow('A string is a path: hand in new URL(…)');
    await expect(open.predict(Readable.from(['text']))).rejects.toThrow(
      'expected a stream of bytes; got one of string.',
    );
    await expect(open.predict(7 as unknown as string)).rejects.toThrow('expected bytes, a Blob, a path, a URL object');
    await expect(open.predict(null as unknown as string)).rejects.toThrow('or a list of these; got null.');
    const broken = Readable.from(
      (async function* () {
        yield bytes[0].subarray(0, 9);
        await delay(1);
        throw new Error('the line is dead');
      })(),
    );
    await expect(open.predict(broken)).rejects.toThrow('its stream broke off: the line is dead.');
    await expect(openClassifier(SAVED, { maxBytes: 0 })).rejects.toThrow('maxBytes: expected a whole number from 1');
  });
});

describe('a URL', () => {
  const get = (answer: http.RequestListener, of = open): Promise<unknown> => serving(answer, (at) => of.predict(at));
  const redirect =
    (to: string): http.RequestListener =>
    (_, response) =>
      response.writeHead(302, { location: to }).end();

  it('is fetched by http and https alone, wherever it redirects', async () => {
    await expect(open.predict(new URL('file:///etc/passwd'))).rejects.toThrow(
      'expected an address of http or https; got file://.',
    );
    await expect(open.predict(new URL('data:text/plain,a'))).rejects.toThrow('got data://.');
    await expect(get(redirect('file:///etc/passwd'))).rejects.toThrow('got a redirect to file://.');
    await expect(get(redirect('/again'))).rejects.toThrow('expected at most 5 redirects; it has more.');
    await expect(get(redirect('http://['))).rejects.toThrow('expected a redirect to an address; got none.');
    const found = await serving(
      (request, response) =>
        request.url === '/last' ? response.end(bytes[2]) : response.writeHead(307, { location: '/last' }).end(),
      (at) => open.predict(at),
    );
    expectSame(found, files[2]);
  });

  it('says what the server answers, without a password', async () => {
    await expect(get((_, response) => response.writeHead(404).end('no'))).rejects.toThrow('the server answers 404.');
    await expect(get((_, response) => response.end())).rejects.toThrow('it is empty');
    await expect(get((_, response) => response.destroy())).rejects.toThrow('it cannot be fetched');
    const gone = await serving(
      () => undefined,
      (at) => Promise.resolve(at),
    );
    gone.username = gone.password = 'secret';
    const error = await open.predict(gone).catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(PictureError);
    expect((error as Error).message).not.toContain('secret');
  });

  it('does not wait for a server that stalls, nor take more than it may', async () => {
    const short = await openClassifier(SAVED, { maxBytes: 5000, timeout: 300 });
    await expect(get(() => undefined, short)).rejects.toThrow('expected a picture within 0.3 s');
    await expect(get((_, response) => void response.write('a'), short)).rejects.toThrow('it did not come in full');
    const stalled = new Readable({ read: () => undefined });
    await expect(short.predict(stalled)).rejects.toThrow('expected a picture within 0.3 s');
    await short.close();
    const small = await openClassifier(SAVED, { maxBytes: 5000, timeout: 60_000 });
    const flood = (_: http.IncomingMessage, response: http.ServerResponse): void => {
      const more = (): void => void (response.destroyed || (response.write(Buffer.alloc(1000)), setImmediate(more)));
      more();
    };
    await expect(get(flood, small)).rejects.toThrow('at most 5,000 bytes');
    await small.close();
  });
});

describe('many at once', () => {
  it('make up batches while one runs; an aborted one leaves them, and the others are answered', async () => {
    const controller = new AbortController();
    const four = await openClassifier(SAVED, { batchSize: 4 }); // so that 60 pictures can't be one batch
    const many = Array.from({ length: 60 }, (_, i) => i % files.length);
    const answers = many.map((k, i) =>
      four.predict(bytes[k], i % 5 === 3 ? { signal: controller.signal } : {}).then(
        (found) => ({ found, k }),
        (error: unknown) => ({ error }),
      ),
    );
    await answers[0]; // by then others are in the network, or wait for it
    controller.abort(new Error('gone'));
    const all = await Promise.all(answers);
    for (const [i, one] of all.entries()) {
      if ('found' in one) expectSame(one.found, files[one.k]);
      else expect([i % 5, one.error]).toEqual([3, controller.signal.reason]);
    }
    expect(all.filter((one) => 'error' in one).length).toBeGreaterThan(0);
    const aborted = AbortSignal.abort(new Error('before'));
    await expect(open.predict(bytes[0], { signal: aborted })).rejects.toThrow('before');
    await expect(open.predict(files, { signal: aborted })).rejects.toThrow('before');
    await four.close();
  });

  it('two classifiers are open side by side; closing answers what waits, and takes nothing more', async () => {
    const other = await openClassifier(SAVED, { batchSize: 2 });
    const answers = [...bytes.map((one) => other.predict(one)), other.predict(files)];
    const here = open.predict(bytes[3]);
    const closed = other.close();
    expect(other.close()).toBe(closed);
    await expect(other.predict(bytes[0])).rejects.toThrow('expected an open classifier; it was closed.');
    const found = (await Promise.all(answers)).flat();
    found.forEach((one, i) => expectSame(one, files[i % files.length]));
    await closed;
    expectSame(await here, files[3]);
    const again = await openClassifier(SAVED);
    await again[Symbol.asyncDispose]();
    await expect(again.predict(bytes[0])).rejects.toThrow('it was closed');
  });
});

describe('a folder', () => {
  it('that is no classifier, or one of a newer version, is refused', async () => {
    await expect(openClassifier(folder)).rejects.toThrow(
      'expected a classifier saved by `npx graft train --save FOLDER`',
    );
    cpSync(SAVED, inFolder('newer'), { recursive: true });
    const json = inFolder('newer', 'classifier.json');
    writeSealed(json, { ...readSealed<object>(json), format: 'graft classifier 4' });
    await expect(openClassifier(inFolder('newer'))).rejects.toThrow(
      'expected format "graft classifier 3" or an earlier one; got "graft classifier 4", which a newer version of Graft saved. Update Graft.',
    );
  });
});
