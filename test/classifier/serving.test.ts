import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node } from '../process.ts';
import { drawn } from '../references/drawn.ts';
import { REFERENCES } from '../references/read.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'serving-'));
const inFolder = (...names: string[]): string => path.join(folder, ...names);
const bytes: Buffer[] = [];
let expected: readonly { readonly className: string; readonly probability: number }[];

beforeAll(async () => {
  cpSync(path.join(REFERENCES, 'saved', 'f0044ed', 'classifier-of-layers'), inFolder('saved'), { recursive: true });
  for (let i = 0; i < 10; i++) writeFileSync(inFolder(`${i}.png`), (bytes[i] = await noise(i)));
  const files = bytes.map((_, i) => inFolder(`${i}.png`));
  const { stdout } = await node(['src/graft.mjs', 'predict', '--classifier', inFolder('saved'), ...files, '--json']);
  expected = JSON.parse(stdout) as typeof expected;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A picture of 270 KB. */
const noise = (seed: number): Promise<Buffer> =>
  sharp(
    Uint8Array.from(drawn(300 * 300 * 3, seed), (x) => 128 + 127 * x),
    { raw: { width: 300, height: 300, channels: 3 } },
  )
    .png()
    .toBuffer();

const EXAMPLES = { 'node:http': ['http.mjs', '/'], Express: ['express.mjs', '/predict'] } as const;

it.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])(
  'docs/serving.md shows the example of %s as it is',
  (name) => {
    const code = readFileSync(path.join('docs/serving', EXAMPLES[name][0]), 'utf8');
    expect(readFileSync('docs/serving.md', 'utf8')).toContain(`\`\`\`js\n${code}\`\`\`\n`);
    expect(code.split('\n').length).toBeLessThan(26);
  },
);

describe.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])('the example of %s', (name) => {
  const [file, route] = EXAMPLES[name];
  let child: ChildProcess;
  let port: number;
  let said = '';

  beforeAll(async () => {
    // TypeScript stands in for the build; TensorFlow.js is refused
    const loaders = ['tsx', pathToFileURL('test/classifier/refuse-tensorflow.mjs').href];
    const args = [...loaders.flatMap((one) => ['--import', one]), path.join('docs/serving', file), inFolder('saved')];
    child = spawn(process.execPath, args, { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr!.on('data', (text: Buffer) => (said += String(text)));
    for await (const line of createInterface(child.stdout!)) {
      port = Number(/^listening on (\d+)$/.exec(line)?.[1]);
      break;
    }
    expect(port, said).toBeGreaterThan(0);
  });
  afterAll(() => void child.kill('SIGKILL'));

  const post = (body: Uint8Array): Promise<{ status: number; answer: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
      const request = http.request({ port, path: route, method: 'POST', agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode!, answer: JSON.parse(text) as Record<string, unknown> }),
        );
      });
      request.on('error', reject).end(body);
    });
  /** The memory that the service holds, in MiB. */
  const memory = (): number =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;

  /** 200 requests at once, each held to `graft predict`. */
  async function storm(): Promise<void> {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => post(bytes[i % bytes.length])));
    answers.forEach(({ status, answer }, i) => {
      const { className, probability } = expected[i % bytes.length];
      expect([status, answer.className], said).toEqual([200, className]);
      expect(answer.probability).toBeCloseTo(probability, 5);
    });
  }

  it('answers 200 requests at once as graft predict does, again and again in the same memory', async () => {
    await storm();
    const after: number[] = [];
    for (let i = 0; i < 6; i++) {
      await storm();
      after.push(memory());
    }
    const mean = (some: number[]): number => some.reduce((sum, one) => sum + one) / some.length;
    // garbage comes and goes; if the bytes of each picture stayed, it would be 162 MiB more
    expect(mean(after.slice(3)) - mean(after.slice(0, 3)), after.join(', ')).toBeLessThan(100);
  });

  it('says 400 to what is no picture, and lives on when clients leave', async () => {
    expect(await post(new Uint8Array(0))).toMatchObject({ status: 400 });
    expect(await post(Buffer.from('some text'))).toMatchObject({
      status: 400,
      answer: { error: expect.stringContaining('it is not a picture') as string },
    });
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const request = http.request({ port, path: route, method: 'POST', agent: false });
        request.on('error', () => undefined);
        request.write(bytes[i % bytes.length].subarray(0, 20));
        await once(request, 'socket');
        if (i % 2) request.end(bytes[0].subarray(20));
        setImmediate(() => request.destroy());
      }),
    );
    await storm();
    expect(said.replace(/^.*(?:request aborted|at ).*$/gm, '').trim()).toBe('');
  });

  it('ends with SIGTERM', async () => {
    await post(bytes[0]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
