import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutDomGlobals } from '../../src/notebook/kernel/compile/dom-types.ts';
import { findFolders, relativeFolders } from '../../src/notebook/kernel/modules/folders.ts';
import { session } from './session.ts';

let folder: string; // of a notebook, outside of the project
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'own-'));
  writeFileSync(
    path.join(folder, 'local.ts'),
    "import { helper } from './helper.ts';\nexport const local = (): string => helper;\n",
  );
  writeFileSync(path.join(folder, 'helper.ts'), "export const helper = 'of my own folder';\n");
  writeFileSync(path.join(folder, 'wrong.ts'), 'export const wrong: number = "text";\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const own =
  "import { local } from './local';\nimport { readdirSync } from 'node:fs';\nconsole.log(local(), readdirSync('.').includes('local.ts'));";

describe('a notebook’s own folder', () => {
  it('is where relative imports and files are first; the project’s modules and packages come second', async () => {
    const { results } = await session(
      [
        { run: own },
        {
          run: "import { shapes10 } from './src';\nimport * as tf from '@tensorflow/tfjs';\nconst images = shapes10({ train: 3 }).train;\n[images.n, ...images.imageSize]",
        },
        { run: "import { wrong } from './wrong';" },
        { run: "import { nothing } from './nowhere';" },
        { write: { 'helper.ts': "export const helper = 'edited';\n" }, run: 'console.log(local());' },
        // the type of `base` is none that a front door exports
        {
          run: "import { backboneOf, cutAt, vgg19Mini } from 'graft-ml';\nconst base = backboneOf(cutAt(await vgg19Mini(), 'fc2'));",
        },
        { run: 'base.outputShape' },
        { run: 'base.nothing' },
      ],
      { folder },
    );
    expect(results[0]).toMatchObject({ error: null, text: 'of my own folder true\n' });
    expect(results[1]).toMatchObject({ error: null, display: ['[ 3, 32, 32 ]'] });
    expect(results[2].error!.traceback.join('\n')).toMatch(
      /wrong\.ts:1:14 Type 'string' is not assignable to type 'number'.*export const wrong/s,
    );
    expect(results[3].error!.evalue).toContain("Cannot find module './nowhere'");
    expect(results[4].text).toBe('edited\n');
    expect(results[5].error).toBeNull();
    expect(results[6]).toMatchObject({ error: null, display: ['[ 512 ]'] });
    expect(results[7].error!.evalue).toContain("Property 'nothing' does not exist on type 'LayersBackbone'");
  });

  it('is told by Jupyter’s server, wherever the kernel was started', async () => {
    expect(findFolders({ JPY_SESSION_NAME: path.join(folder, 'a.ipynb') }, '/').notebook).toBe(folder);
    expect(findFolders({ JPY_SESSION_NAME: '/nowhere/at/all.ipynb' }, folder).notebook).toBe(folder);
    expect(findFolders({}, folder).notebook).toBe(folder);
    const { results } = await session([{ run: own }], {
      folder: os.tmpdir(),
      env: { JPY_SESSION_NAME: path.join(folder, 'a.ipynb') },
    });
    expect(results[0]).toMatchObject({ error: null, text: 'edited true\n' });
  });
});

describe('a notebook of a project with its own `src` and packages', () => {
  let project: string;
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
    writeFileSync(path.join(project, file), text);
  };
  beforeAll(() => {
    project = mkdtempSync(path.join(os.tmpdir(), 'project ä#-'));
    put('package.json', '{ "name": "mine" }');
    put('src/index.ts', "export const mine = 'the project’s';\n");
    put('node_modules/csv-parse/package.json', '{ "version": "1.0.0", "main": "index.js", "types": "index.d.ts" }');
    put('node_modules/csv-parse/index.js', "exports.old = 'an old one';");
    put('node_modules/csv-parse/index.d.ts', 'export const old: string;');
    put('node_modules/@tensorflow/tfjs/package.json', '{ "version": "1.0.0", "main": "index.js" }');
    put('node_modules/@tensorflow/tfjs/index.js', 'exports.wrong = true;');
    put('notebooks/beside.ts', 'export const beside = 1;\n');
  });
  afterAll(() => rmSync(project, { recursive: true }));

  it('gets its own modules and packages, Graft by its name, and the one TensorFlow.js; is told where versions differ', async () => {
    const { results } = await session(
      [
        { run: "import { mine } from './src';\nimport { beside } from './beside';\nconsole.log(mine, beside);" },
        {
          run: "import { shapes10 } from 'graft-ml';\nimport { confusionMatrix } from 'graft-ml/plots';\nconsole.log(shapes10({ train: 3 }).train.n, typeof confusionMatrix);",
        },
        { run: "import { confusionMatrix as none } from './src/plots';" },
        { run: "import { old } from 'csv-parse';\nconsole.log(old);" },
        { run: "import * as tf from '@tensorflow/tfjs';\nconsole.log(tf.version.tfjs);" },
        {
          run: "import { old as same } from 'csv-parse';\nimport picomatch from 'picomatch';\nconsole.log(typeof picomatch);",
        },
        { complete: "import { mine } from './sr" },
      ],
      { folder: path.join(project, 'notebooks') },
    );
    expect(results[0]).toMatchObject({ error: null, text: 'the project’s 1\n' });
    expect(results[1]).toMatchObject({ error: null, text: '3 function\n' });
    expect(results[2].error!.evalue).toContain("Cannot find module './src/plots'");
    expect(results[3].error).toBeNull();
    expect(results[3].text).toMatch(
      /^csv-parse: cells get the project's 1\.0\.0; Graft itself uses 7\..*\nan old one\n$/,
    );
    expect(results[4].error).toBeNull();
    expect(results[4].text).toMatch(
      /^@tensorflow\/tfjs: cells get Graft's (4\.\S+), not the project's 1\.0\.0: .*\n\1\n$/,
    );
    expect(results[5]).toMatchObject({ error: null, text: 'function\n' });
    expect(results[6].matches).toEqual(['src']);
  });

  it('falls back on Graft’s `src` only if the project has none', () => {
    const { root } = findFolders();
    const of = (folder: string): readonly string[] => relativeFolders(findFolders({}, folder));
    expect(of(path.join(project, 'notebooks'))).toEqual([path.join(project, 'notebooks'), project]);
    expect(of(folder)).toEqual([folder, root]);
    expect(of(path.join(root, 'notebooks'))).toEqual([path.join(root, 'notebooks'), root]);
    expect(of(root)).toEqual([root]);
  });
});

describe('what cells know without an import', () => {
  it('is what Node.js has: the variables of a page are not there, its interfaces are', async () => {
    const { results } = await session([
      { run: 'console.log(document.title);' },
      { run: 'console.log(name, history);' },
      {
        run: "const response: Response = new Response('text');\nconsole.log(await response.text(), new URL('https://a.example').host, typeof fetch);",
      },
      { run: "import * as Plot from '@observablehq/plot';\nconst text: number = Plot.plot();" },
      { run: "const history = 3;\nthrow new Error('no');" },
      { run: 'console.log(history + 1);' },
    ]);
    expect(results[0].error!.evalue).toBe(
      "cell:1:13 Cannot find name 'document'. Cells run in Node.js, where there is no page.",
    );
    expect(results[1].error!.traceback.join('\n')).toMatch(/Cannot find name 'name'.*Cannot find name 'history'/s);
    expect(results[2]).toMatchObject({ error: null, text: 'text a.example function\n' });
    expect(results[3].error!.evalue).toContain('SVGSVGElement'); // not any
    expect(results[5].text).toBe('4\n'); // of the failed cell, not the page's
  });

  it('is taken out of TypeScript’s library by statement, with its comments', () => {
    const library = `interface Document { readonly title: string }
/** A page. */
declare var document: Document;
/** A
 * constructor. */
declare var HTMLElement: {
    prototype: HTMLElement;
    new(): HTMLElement;
};
declare function alert(message?: any): void;
/** Is there. */
declare function fetch(input: string): Promise<Response>;
declare var AbortController: {
    new(): AbortController;
};
declare var onmessage: any;
`;
    expect(withoutDomGlobals(library)).toBe(`interface Document { readonly title: string }
/** Is there. */
declare function fetch(input: string): Promise<Response>;
declare var AbortController: {
    new(): AbortController;
};
declare var onmessage: any;
`);
  });
});

describe('TensorFlow.js in a cell', () => {
  it('computes with the native library from its first use, with no greeting, trained in a cell or not', async () => {
    const { results } = await session([
      {
        run: "import * as tf from '@tensorflow/tfjs';\nconsole.log(tf.ones([2]).sum().dataSync()[0], tf.getBackend());",
      },
      {
        run: [
          'const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });',
          "model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });",
          'await model.fit(tf.ones([4, 2]), tf.ones([4, 1]), { epochs: 1, verbose: 0 });',
          'console.log(tf.getBackend());',
        ].join('\n'),
      },
    ]);
    expect(results.map(({ text, error }) => [text, error])).toEqual([
      ['2 tensorflow\n', null],
      ['tensorflow\n', null],
    ]);
  });
});
