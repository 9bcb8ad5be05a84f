import { describe, expect, it } from 'vitest';
import { session } from './session.ts';

const readline = "import readline from 'node:readline';\nimport { createInterface } from 'node:readline/promises';\n";
const open = 'readline.createInterface({ input: process.stdin, output: process.stdout })';

describe('what a cell asks', () => {
  it('is asked by Jupyter’s input box: prompt, confirm, readline of both kinds, standard input', async () => {
    const { results } = await session([
      { run: "console.log('before');\nprompt('Your name?')", answers: ['Ada'] },
      { run: "[prompt('Epochs?', '20'), prompt('Rate?')]", answers: ['', '\x04'] },
      { run: "[confirm('Go on?'), confirm('Really?'), confirm()]", answers: ['y', '', 'Yes'] },
      {
        run: `${readline}const rl = createInterface({ input: process.stdin, output: process.stdout });\nconst first = await rl.question('First? ');\nconst second = await rl.question('Second? ');\nrl.close();\n[first, second]`,
        answers: ['one', 'two'],
      },
      {
        run: `const old = ${open};\nold.question('A? ', (a) => old.question('B? ', (b) => { console.log(a + b); old.close(); }));`,
        answers: ['a', 'b'],
      },
      {
        run: `const lines = ${open};\nlines.setPrompt('> ');\nlines.prompt();\nlines.on('line', (line) => { console.log(line.toUpperCase()); if (line === 'end') lines.close(); else lines.prompt(); });`,
        answers: ['x', 'end'],
      },
      {
        run: `const all: string[] = [];\nfor await (const line of ${open}) all.push(line);\nall`,
        answers: ['1', '2', '\x04'],
      },
      {
        run: "import { once } from 'node:events';\nString((await once(process.stdin, 'data'))[0])",
        answers: ['raw'],
      },
      { run: "process.stdin.once('data', (data) => console.log(String(data).trim()));", answers: ['later'] },
      {
        run: 'let total = 0;\nfor await (const chunk of process.stdin) total += Number(chunk);\ntotal',
        answers: ['3', '4', '\x04'],
      },
      { run: "prompt('again')", answers: ['still there'] },
      // Stop, while the thread waits and while it does not
      { run: "prompt('never')", answers: [null] },
      { run: "await createInterface(process.stdin).question('never')", answers: [null] },
      { run: "await createInterface(process.stdin).question('end')", answers: ['\x04'] },
      { run: "prompt('nobody is there')", options: { allow_stdin: false } },
      { run: "await createInterface(process.stdin).question('nobody')", options: { allow_stdin: false } },
      { run: '6 * 7' },
    ]);
    const asked = results.map(({ prompts }) => prompts);
    expect(results[0]).toMatchObject({ error: null, text: 'before\n', display: ['Ada'] });
    expect(asked[0]).toEqual(['Your name? ']);
    expect(results[1].display).toEqual(["[ '20', null ]"]);
    expect(asked[1]).toEqual(['Epochs? [20] ', 'Rate? ']);
    expect(results[2].display).toEqual(['[ true, false, true ]']);
    expect(results[3].display).toEqual(["[ 'one', 'two' ]"]);
    expect(asked[3]).toEqual(['First? ', 'Second? ']);
    expect(results[4]).toMatchObject({ error: null, text: 'ab\n' });
    expect(results[5]).toMatchObject({ error: null, text: 'X\nEND\n' });
    expect(asked[5]).toEqual(['> ', '> ']);
    expect(results[6].display).toEqual(["[ '1', '2' ]"]);
    expect(results[7].display).toEqual(['raw\n']);
    expect(results[8]).toMatchObject({ error: null, text: 'later\n' });
    expect(results[9].display).toEqual(['7']);
    expect(results[10].display).toEqual(['still there']);
    for (const n of [11, 12]) expect(results[n].error).toMatchObject({ ename: 'Interrupted' });
    expect(results[13].error).toMatchObject({ ename: 'EndOfInput' });
    for (const n of [14, 15])
      expect(results[n].error).toMatchObject({
        ename: 'NoInput',
        evalue: expect.stringMatching(/allow_stdin is false.*Give the value in the cell/) as string,
      });
    expect(results[16]).toMatchObject({ error: null, display: ['42'] });
  });
});
