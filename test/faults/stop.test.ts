import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Result, session } from '../kernel/session.ts';

const FOLDER = 'results/stop';
beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true });
  // long work as src/ has it: its signal is the cell's unless one is given
  writeFileSync(
    `${FOLDER}/work.ts`,
    `import { cellSignal } from '../../src/host/host.ts';
export const counts: Record<string, number> = {};
export async function work(name: string, { signal = cellSignal() } = {}): Promise<number> {
  for (counts[name] = 0; !signal?.aborted; counts[name]++) await new Promise((resolve) => setTimeout(resolve, 5));
  return counts[name];
}
`,
  );
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

const importWork = `import { counts, work } from './${FOLDER}/work';`;
const pause = 'await new Promise((resolve) => setTimeout(resolve, 300));';

describe('Stop', () => {
  it('ends awaits, loops and synchronous code, before and after an await, and leaves a kernel that answers', async () => {
    const { results } = await session([
      {
        run: `console.log('begun');\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`,
        interrupt: ['begun'],
      },
      {
        run: 'let n = 0;\nfor (;;) { if (n++ === 9) console.log("begun"); await new Promise((resolve) => setTimeout(resolve, 5)); }',
        interrupt: ['begun'],
      },
      { run: `const before = n;\n${pause}\nconsole.log(n > 0, n === before);` },
      { run: `console.log('begun');\nfor (;;);`, interrupt: ['begun'] },
      { run: 'let lines = 0;\nawait 1;\nfor (; lines < 1e9; lines++) console.log(lines);', interrupt: ['99'] },
      { run: 'console.log(lines > 0 && lines < 1e9);' },
    ]);
    for (const i of [0, 1, 3, 4]) expect(results[i].error?.ename, String(i)).toBe('Interrupted');
    expect(results[2].text).toBe('true true\n'); // the loop has ended, and its variable kept its value
    expect(results[5]).toMatchObject({ text: 'true\n', error: null });
  });

  it('runs `finally`, and ends loops that catch everything', async () => {
    const { results } = await session([
      {
        run: `console.log('begun');\ntry { await new Promise((resolve) => setTimeout(resolve, 60_000)); } finally { console.log('tidied'); }`,
        interrupt: ['begun'],
      },
      {
        run: 'let n = 0;\nfor (;;) { try { if (n++ === 9) console.log("begun"); await new Promise((resolve) => setTimeout(resolve, 5)); } catch {} }',
        interrupt: ['begun'],
      },
      {
        run: 'const poll = async () => { for (;;) { try { if (n++ % 9 === 0) console.log("begun"); await new Promise((resolve) => setTimeout(resolve, 5)); } catch {} } };\nawait poll();',
        interrupt: ['begun'],
      },
      { run: `${pause}\nconst before = n;\n${pause}\nconsole.log(n === before);` },
      { run: 'const slow = async () => { await 1; return 2; };\nconsole.log(await slow());' },
    ]);
    expect(results[0]).toMatchObject({ text: 'begun\ntidied\n', error: { ename: 'Interrupted' } });
    for (const i of [1, 2]) expect(results[i].error?.ename).toBe('Interrupted');
    expect(results[3].text).toBe('true\n');
    expect(results[4].text).toBe('2\n'); // functions of a stopped cell go on working
  });

  it('aborts the cells queued behind the one that it ends, whose variables keep what they have by then', async () => {
    const { results } = await session([
      { run: importWork },
      {
        queue: [
          "const begun = setTimeout(() => console.log('begun'), 50);\nconst done = await work('a');",
          "console.log('queued');",
          "console.log('queued too');",
        ],
        interrupt: ['begun'],
      },
      { run: "console.log(done > 0 && done === counts['a']);" },
    ]);
    const [first, ...rest] = results[1] as unknown as Result[];
    expect(first).toMatchObject({ status: 'error', error: { ename: 'Interrupted' } });
    for (const one of rest) expect(one).toMatchObject({ status: 'aborted', text: '', error: null });
    expect(results[2]).toMatchObject({ text: 'true\n', error: null });
  });

  it('reaches work that an earlier cell has left running, by the signal of the cell that started it', async () => {
    const { results } = await session([
      { run: `${importWork}\nconst left = work('left').then((n) => n > 0);\nvoid 0;` },
      { run: `const mine = new AbortController();\nconst kept = work('kept', { signal: mine.signal });\nvoid 0;` },
      {
        run: `console.log('begun');\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`,
        interrupt: ['begun'],
      },
      {
        run: `console.log(await left);\nconst before = counts.kept;\n${pause}\nconsole.log(counts.kept > before);\nmine.abort();`,
      },
    ]);
    expect(results[2].error?.ename).toBe('Interrupted');
    expect(results[3].text).toBe('true\ntrue\n');
  });

  it('lets fit end after its step with the history so far, and extraction after its batch; both go on', async () => {
    const { results } = await session([
      {
        run: [
          "import { extractFeatures, fit, freeze, shapes10, splitModel, vgg19Mini, withHead, withoutTop } from 'graft-ml';",
          'const images = shapes10({ train: 3000 }).train;',
          'const { backbone, head } = splitModel(withHead(freeze(withoutTop(await vgg19Mini())), { classes: 10 }));',
          "const cache = 'results/stop-features';",
        ].join('\n'),
      },
      {
        run: 'const features = await extractFeatures(backbone, images, { cache, precision: "float32" });',
        interrupt: ['[1-9]\\d* of 3,000'],
      },
      {
        run: 'const rest = await extractFeatures(backbone, images, { cache, precision: "float32" });\nconst { cached } = rest.origin!;\nconsole.log(cached > 0 && cached < 3000);',
      },
      {
        run: 'const history = await fit(head, rest, { epochs: 1000 });\nconsole.log(history.stopped, history.epochs.length > 0);',
        interrupt: ['[1-9]\\d* of 1,000 epochs'],
      },
      {
        run: 'console.log(history.stopped, head.getWeights()[0].abs().sum().dataSync()[0] > 0);\nconst more = await fit(head, rest, { epochs: 1 });\nconsole.log(more.epochs[0].accuracy > 0.5);',
      },
    ]);
    rmSync('results/stop-features', { recursive: true, force: true });
    expect(results[0].error).toBeNull();
    expect(results[1].error?.ename).toBe('Interrupted');
    expect(results[2]).toMatchObject({ text: 'true\n', error: null });
    expect(results[3]).toMatchObject({ text: 'interrupted true\n', error: { ename: 'Interrupted' } });
    expect(results[4]).toMatchObject({ text: 'interrupted true\ntrue\n', error: null });
  });

  it('leaves no module half loaded, nor one that holds a half loaded one', async () => {
    writeFileSync(`${FOLDER}/wait`, '');
    writeFileSync(
      `${FOLDER}/slow.ts`,
      `import { existsSync } from 'node:fs';\nimport { ask } from './circle.ts';\nconsole.log('begun');\nwhile (existsSync('${FOLDER}/wait'));\nexport const slow = 7;\nexport const around = () => ask();\n`,
    );
    writeFileSync(`${FOLDER}/circle.ts`, "import { slow } from './slow.ts';\nexport const ask = () => slow;\n");
    const { results } = await session([
      { run: `import { slow } from './${FOLDER}/slow';\nslow`, interrupt: ['begun'] },
      { run: `import { rmSync } from 'node:fs';\nrmSync('${FOLDER}/wait');` },
      { run: `import { around, slow } from './${FOLDER}/slow';\n[slow, around()]` },
    ]);
    expect(results[0].error?.ename).toBe('Interrupted');
    expect(results[2]).toMatchObject({ error: null, display: ['[ 7, 7 ]'] });
  });

  it('ends loops whose steps are so short that it falls between two of them', async () => {
    const loop = { run: `console.log('begun');\nfor (;;) { n++; await 1; }`, interrupt: ['begun'], times: 10 };
    const inFunction = {
      run: `const spin = async () => { for (;;) { n++; await 1; } };\nconsole.log('begun');\nawait spin();`,
      interrupt: ['begun'],
    };
    const { results } = await session([{ run: 'let n = 0;' }, loop, inFunction, { run: 'console.log(n > 0);' }]);
    for (const { error } of results.slice(1, 12)) expect(error?.ename).toBe('Interrupted');
    expect(results[12].text).toBe('true\n'); // it is still the same kernel
  });

  it('does no harm to the cell after the one that it ended, if its signal is long under way', async () => {
    const whole = { run: 'const until = Date.now() + 600;\nwhile (Date.now() < until);\nconsole.log("whole");' };
    const { results } = await session([
      whole, // so that it begins at once the second time
      {
        run: [
          "import { spawn } from 'node:child_process';",
          "import { MARK, marks } from './src/notebook/kernel/run/marks';",
          'marks[MARK.signal]++; // as the second thread counts one that it sends',
          'spawn(`sleep 0.3; kill -INT ${process.pid}`, { shell: true });',
          'void 0;',
        ].join('\n'),
      },
      whole,
      { run: "console.log('begun');\nfor (;;);", interrupt: ['begun'] },
    ]);
    expect(results[2]).toMatchObject({ text: 'whole\n', error: null });
    expect(results[3].error?.ename).toBe('Interrupted');
  });

  it('does no harm to a kernel that starts', async () => {
    const { results } = await session([{ restart: 0.3 }, { run: '1 + 1' }, { restart: 1 }, { run: '1 + 2' }]);
    expect([results[1].display, results[3].display]).toEqual([['2'], ['3']]);
  });

  it('leaves what a cell wrote late below that cell', async () => {
    const { results } = await session([
      { run: "setTimeout(() => console.log('late'), 400);\nvoid 0;" },
      {
        run: `console.log('first');\nawait new Promise((resolve) => setTimeout(resolve, 1000));\nconsole.log('last');`,
      },
    ]);
    expect(results.map(({ text }) => text)).toEqual(['late\n', 'first\nlast\n']);
  });
});

describe('a cell that awaits', () => {
  it('shows the line of its await where an error comes from elsewhere', async () => {
    const { results } = await session([
      { run: "const fail = async () => { await 1; throw new RangeError('far'); };" },
      { run: "console.log('one');\nawait fail();" },
      { run: "import { readFile } from 'node:fs/promises';\nawait\n  readFile('/nowhere');" },
      { run: "function* g() { throw new Error('in a generator'); }\n[...g()];" },
    ]);
    expect(results[1].error!.traceback.join('\n')).toMatch(
      /at fail \(cell \[1\]:1:\d+\)\n +at async cell \[2\]:2:1\n.*1 \| const fail/,
    );
    expect(results[2].error!.traceback.join('\n')).toMatch(/at async cell \[3\]:2:1\n.*\n.*-->.* 2 \| await/);
    expect(results[3].error!.traceback[1]).toMatch(/at g \(cell \[4\]:1:/);
    // nothing below the cell itself, and no line that it does not have
    for (const { error } of results.slice(1))
      expect(error!.traceback.join('\n')).not.toMatch(/at next|evalmachine|__graft|steps\.ts/);
    const frames = results[3].error!.traceback.filter((line) => line.includes(' at '));
    expect(frames.at(-1)).toMatch(/at cell \[4\]:2:/);
  });

  it('takes `for await` over anything, leaves it early, and closes what it left', async () => {
    const { results } = await session([
      {
        run: [
          'async function* numbers() { try { for (let i = 0; ; i++) yield i; } finally { console.log("closed"); } }',
          'let sum = 0;',
          'for await (const i of numbers()) { if (i === 1) continue; if (i > 3) break; sum += i; }',
          'for await (const i of [Promise.resolve(10), 20]) sum += i;',
          'outer: for (const a of [1, 2]) for await (const b of [1, 2]) { if (b === 2) continue outer; sum += 100 * a * b; }',
          'console.log(sum);',
        ].join('\n'),
      },
    ]);
    expect(results[0]).toMatchObject({ error: null, text: 'closed\n335\n' });
  });
});
