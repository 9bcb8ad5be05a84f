import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Compiler, createCompiler } from '../../src/notebook/kernel/compile/compiler.ts';
import { completeCell } from '../../src/notebook/kernel/assist/completion.ts';
import type { Folders } from '../../src/notebook/kernel/modules/folders.ts';
import { inspectCell } from '../../src/notebook/kernel/assist/inspection.ts';
import { importLines, missingName } from '../../src/notebook/kernel/assist/missing-import.ts';

let folders: Folders;
let compiler: Compiler;
const home = process.cwd();

/** A project with a front door, and a notebook in a folder of it that has a module of its own. */
beforeAll(() => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'project-'));
  const files: Record<string, string> = {
    'package.json':
      '{ "name": "graft-ml", "exports": { ".": "./src/index.ts", "./plots": "./src/plots/index.ts" }, ' +
      '"dependencies": { "@observablehq/plot": "*" }, "devDependencies": { "@types/node": "*" } }',
    'tsconfig.json':
      '{ "compilerOptions": { "strict": true, "types": ["node"], "lib": ["ES2023", "DOM"], "esModuleInterop": true } }',
    'src/index.ts': "export { fit } from './training/fit.ts';\n",
    'src/plots/index.ts': "export { confusionMatrix } from './matrix.ts';\n",
    'src/plots/matrix.ts': 'export const confusionMatrix = (): string => "";\nexport const pieces = 1;\n',
    'src/training/fit.ts':
      '/** Fits a line. */\nexport function fit(\n  /** [N] numbers */\n  points: number[],\n  options?: { epochs?: number },\n): number[] {\n  return points;\n}\nexport const internal = 1;\n',
    'own/local.ts': 'export const besideTheNotebook = 1;\n',
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  symlinkSync(path.join(home, 'node_modules'), path.join(root, 'node_modules'));
  folders = { notebook: path.join(root, 'own'), project: root, root };
  process.chdir(folders.notebook);
  compiler = createCompiler(folders);
  compiler.know(path.join(root, 'src/index.ts'), path.join(root, 'src/plots/index.ts'));
  expect(compiler.compile('const images = { labels: [1], classNames: ["cat"] };').diagnostics).toEqual([]);
});
afterAll(() => {
  compiler.close();
  process.chdir(home);
  rmSync(folders.root, { recursive: true });
});

/** Completes at the bar; what is put in by the first match, and all matches with their kinds. */
function complete(cell: string) {
  const cursor = [...cell].indexOf('|');
  const { matches, cursor_start, cursor_end, metadata } = completeCell(
    compiler,
    folders,
    cell.replace('|', ''),
    cursor,
  );
  const points = [...cell.replace('|', '')];
  const offers = metadata._jupyter_types_experimental;
  const result = offers.length
    ? [...points.slice(0, cursor_start), offers[0].text, ...points.slice(cursor_end)].join('')
    : undefined;
  return { matches, result, kinds: Object.fromEntries(matches.map((match, i) => [match, offers[i].type])) };
}

function inspect(cell: string) {
  return inspectCell(compiler.view(cell.replace('|', ''), cell.indexOf('|')));
}

describe('Tab', () => {
  it('completes members and names of earlier cells', () => {
    expect(complete('images.cla|').result).toBe('images.classNames');
    expect(complete('ima|').matches[0]).toBe('images');
    expect(complete("'😀'; images.la|").result).toBe("'😀'; images.labels"); // Jupyter counts code points
  });

  it('completes members of every built-in kind, and of values of earlier cells', () => {
    const declared =
      "const word = 'abc', list = [1, 2], floats = new Float32Array(3), byName = new Map<string, number>(), odd = { 'a-b': 1 };" +
      "const mixed = { plain: 1, 'a-b': 2 }; const maybe = list.find((one) => one > 1)?.toFixed(); function pair() { return { first: list, second: byName }; }";
    expect(compiler.compile(declared).diagnostics).toEqual([]);
    for (const [cell, member] of [
      ['word.toU|', 'toUpperCase'],
      ['list.ma|', 'map'],
      ['Math.fl|', 'floor'],
      ['JSON.|', 'stringify'],
      ['new Date().toI|', 'toISOString'],
      ['Promise.al|', 'allSettled'],
      ['Promise.resolve(1).th|', 'then'],
      ["'' .|", 'length'],
      ['new Map().|', 'get'],
      ['byName.ke|', 'keys'],
      ['new Set([1]).h|', 'has'],
      ['floats.sub|', 'subarray'],
      ['/a/.te|', 'test'],
      ['Symbol.it|', 'iterator'],
      ['pair().|', 'first'],
      ['pair().first.|', 'map'],
      ['pair().second.si|', 'size'],
      ['(5).toF|', 'toFixed'],
      ['5n.toS|', 'toString'],
      ['pair.|', 'call'],
      ['(function* () {})().n|', 'next'],
      ['Buffer.fr|', 'from'],
      ['process.stdout.wr|', 'write'],
      ['globalThis.que|', 'queueMicrotask'],
      ['mixed.|', 'plain'],
    ]) {
      const found = complete(cell);
      expect(found.matches, cell).toContain(member);
      expect(found.matches.join(), cell).not.toContain('[');
      const typed = /\w*(?=\|)/.exec(cell)![0];
      if (typed) expect(found.result, cell).toBe(cell.replace(/\w*\|/, found.matches[0]));
    }
    expect(complete('odd.|')).toMatchObject({ matches: ["['a-b']"], result: "odd['a-b']" }); // nothing else is there
    expect(complete('maybe.toU|')).toMatchObject({ matches: expect.arrayContaining(['?.toUpperCase']) as string[] });
  });

  it('completes magics, and what they run', () => {
    expect(complete('const a = 1;\n%ti|').matches).toEqual(['%time', '%timeit']);
    expect(complete('%%w|').result).toBe('%%writefile');
    expect(complete('%time images.cla|').result).toBe('%time images.classNames');
  });

  it('completes paths: the project’s, and those beside the notebook', () => {
    expect(complete("import { fit } from './src/tra|'").result).toBe("import { fit } from './src/training'");
    expect(complete("import { fit } from './src/training/f|").result).toBe("import { fit } from './src/training/fit");
    expect(complete("import { x } from './lo|'").result).toBe("import { x } from './local'");
    expect(complete("import { x } from 'graft-ml/pl|'").result).toBe("import { x } from 'graft-ml/plots'");
    expect(complete("import { x } from 'graf|'").matches).toEqual(['graft-ml', 'graft-ml/plots']);
    expect(complete("import * as Plot from '@observablehq/p|'").matches).toContain('plot');
  });

  it('completes imported names, with and without their module', () => {
    for (const door of ['graft-ml', './src'])
      expect(complete(`import { fi| } from '${door}'`).result).toBe(`import { fit } from '${door}'`);
    expect(complete("import { | } from 'graft-ml'").matches[0]).toBe('fit');
    expect(complete('import { fi|').result).toBe("import { fit } from 'graft-ml';");
  });

  it('offers names that are not imported yet with their module: the front door’s, the notebook’s, Node.js’', () => {
    expect(complete('fi|').kinds.fit).toBe('graft-ml');
    expect(complete('besideThe|').kinds).toEqual({}); // no cell has imported it
    compiler.compile("import { besideTheNotebook } from './local';");
    expect(complete('import { besideThe|').result).toBe("import { besideTheNotebook } from './local';");
    expect(complete('readFileSyn|').kinds.readFileSync).toMatch(/^(node:)?fs$/);
    expect(complete('interna|').kinds.internal).toBeUndefined(); // not through the front door
    expect(complete('1 + |').kinds.fit).toBeUndefined(); // nothing has been typed yet
    expect(complete('confusionM|').kinds).toEqual({ confusionMatrix: 'graft-ml/plots' });
    expect(complete('piece|').kinds).toEqual({}); // through no door
    expect(complete('import { confusionM|').result).toBe("import { confusionMatrix } from 'graft-ml/plots';");
    expect(complete('import { piece|').matches).toEqual([]);
  });

  it('offers nothing silly: parts of a package that is imported as a whole, a name of Node.js five times', () => {
    compiler.compile("import * as Plot from '@observablehq/plot';"); // whose names the compiler knows from here on
    expect(complete('import { barX|').matches).toEqual([]);
    expect(complete('barX|').matches).toEqual([]);
    expect(complete('dirnam|').matches).toEqual(['dirname', '__dirname']);
    const [statement, ...others] = complete('import { dirnam|').matches;
    expect([statement.replace('node:', ''), ...others]).toEqual(["import { dirname } from 'path';"]);
    expect(complete('Plot.barX|').matches).toContain('barX');
  });

  it('knows what a module exports anew once it has been edited, and what cells have declared meanwhile', async () => {
    expect(complete('fi|').kinds.fit).toBe('graft-ml');
    const door = path.join(folders.root, 'src/index.ts');
    writeFileSync(door, "export { fit as fitted, internal } from './training/fit.ts';\n");
    await new Promise((done) => setTimeout(done, 300)); // the file system's word of it
    expect(compiler.compile('const fitting = 1;').diagnostics).toEqual([]);
    expect(complete('fi|').kinds).toMatchObject({ fitted: 'graft-ml', fitting: 'const' });
    expect(complete('fi|').kinds.fit).toBeUndefined();
    expect(complete('interna|').kinds.internal).toBe('graft-ml');
    writeFileSync(door, "export { fit } from './training/fit.ts';\n");
    await new Promise((done) => setTimeout(done, 300));
    expect(complete('fi|').kinds).toMatchObject({ fit: 'graft-ml' });
  });
});

describe('a name that no cell has imported', () => {
  it('has its import line to paste', () => {
    expect(missingName("Cannot find name 'fit'.")).toBe('fit');
    expect(importLines('fit', compiler, folders)).toEqual(["import { fit } from 'graft-ml';"]);
    expect(importLines('Plot', compiler, folders)).toContain("import * as Plot from '@observablehq/plot';");
    expect(importLines('nobodyHasThis', compiler, folders)).toEqual([]);
    expect(importLines('barX', compiler, folders)).toEqual([]);
  });

  it('is told the door that it stands behind, asked for at another', () => {
    for (const door of ['graft-ml', './src', '../src']) {
      const cell = `import { fit, confusionMatrix } from '${door}';`;
      const [{ text }] = compiler.compile(cell).diagnostics;
      expect(missingName(text)).toBe('confusionMatrix');
    }
    expect(importLines('confusionMatrix', compiler, folders)).toEqual([
      "import { confusionMatrix } from 'graft-ml/plots';",
    ]);
    const [{ text }] = compiler.compile("import { fits } from 'graft-ml';").diagnostics; // "Did you mean 'fit'?"
    expect(importLines(missingName(text)!, compiler, folders)).toEqual([]);
  });
});

describe('Shift-Tab', () => {
  it('explains a name', () => {
    expect(inspect('images|')!['text/plain']).toContain('const images: {');
    expect(inspect("import { fit } from 'graft-ml';\nfit|")!['text/plain']).toMatch(
      /fit\(points: number\[\].*\n\nFits a line\./s,
    );
  });

  it('shows a call’s signature with the argument in bold', () => {
    const first = inspect("import { fit } from 'graft-ml';\nfit(|")!;
    expect(first['text/html']).toContain('<b>points: number[]</b>, options?:');
    expect(first['text/plain']).toContain('points: [N] numbers');
    expect(inspect("import { fit } from 'graft-ml';\nfit([1], |)")!['text/html']).toMatch(
      /points: number\[\], <b>options\?: \{/,
    );
    expect(inspect('1 + |')).toBeUndefined();
  });
});
