import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyProject, must, pack, run, write } from './installed.ts';
import { startLab } from './lab.ts';
import { lendBinding, lendPython } from './lent-python.ts';

let tarballs: string[];
const folders: string[] = [];
beforeAll(async () => {
  tarballs = await pack();
  folders.push(path.dirname(tarballs[0]));
});
// not at once: vitest's main process gives up a worker that does not answer for a minute
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const project = (): string => {
  const folder = emptyProject();
  folders.push(path.dirname(folder));
  return folder;
};
const TRAIN = ['--data', 'shapes10', '--backbone', 'vgg19-mini', '--cut', 'block5_pool', '--train', '40'];
/** What a project's tsconfig.json says of TensorFlow.js' types, which the set-up has installed. */
const PACKAGES = './.graft/packages/tensorflow/node_modules';
const paths = { '@tensorflow/tfjs': [`${PACKAGES}/@tensorflow/tfjs/dist/index.d.ts`] };
const LESS = ['--validation', '10', '--test', '20', '--epochs', '2', '--save', 'mine', '--include-backbone'];

/** Lists the files of a folder that are not links, with their sizes. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${path.join(parentPath, name)} ${statSync(path.join(parentPath, name)).size}`)
    .sort();

/** Gives the bytes that a folder takes on the disk. */
const onDisk = async (folder: string, at: string): Promise<number> =>
  1024 * parseInt(await must(folder, 'du', '-sk', at), 10);

describe('the tarballs', () => {
  it('are under 3 MB without the weights, and hold neither CIFAR-10 nor a test', async () => {
    expect(statSync(tarballs[0]).size).toBeLessThan(3e6);
    const names = await Promise.all(tarballs.map((file) => must('.', 'tar', '-tzf', file)));
    expect(names[0]).toContain('package/src/index.d.ts');
    expect(names[0]).toContain('package/src/index.js.map');
    expect(names[0]).not.toMatch(/\.test\.|\/bench\/|[^d]\.ts$/m);
    expect(names.join('\n')).not.toMatch(/cifar10-sample\//);
    expect(names[1]).toMatch(/weights\/vgg19-mini\.h5/);
  });

  it('have nothing that publint or @arethetypeswrong/cli would say', async () => {
    for (const tarball of tarballs)
      expect(await must('.', 'npx', '-y', 'publint@0.3.25', '--strict', tarball)).toContain('All good!');
    await must('.', 'npx', '-y', '@arethetypeswrong/cli@0.18.5', tarballs[0], '--profile', 'esm-only');
  });
});

for (const npm of ['10', '11'])
  describe(`an empty folder with npm ${npm}`, () => {
    let folder: string;
    beforeAll(async () => {
      folder = project();
      await must(folder, 'npx', '-y', `npm@${npm}`, 'install', ...tarballs);
    });

    it('names the command before the set-up, trains and predicts after it, and keeps nothing in node_modules', async () => {
      const saved = path.resolve('test/references/saved/f0044ed/classifier-of-onnx');
      const pictures = path.join(folder, 'node_modules/graft-ml-data/drawn-flowers/daisy');
      const picture = path.join(
        pictures,
        readdirSync(pictures).find((name) => name.endsWith('.jpg'))!,
      );
      const asked = ['graft', 'predict', '--classifier', saved, '--json', picture];
      expect((await run(folder, 'npx', ...asked)).stderr).toMatch(
        /onnxruntime-node\S* is not .*npx graft setup --predict/,
      );
      if (npm === '10') await must(folder, 'npx', 'graft', 'trim', '--yes'); // it installs sharp twice
      const installed = filesIn(path.join(folder, 'node_modules'));

      await must(folder, 'npx', '-y', `npm@${npm}`, 'exec', '--', 'graft', 'setup', '--predict');
      expect(JSON.parse(await must(folder, 'npx', ...asked))).toHaveLength(1);
      const [all, data] = await Promise.all(['.', 'node_modules/graft-ml-data'].map((at) => onDisk(folder, at)));
      expect(all - data).toBeLessThan(120e6);
      const before = await run(folder, 'npx', 'graft', 'train', ...TRAIN, ...LESS);
      expect(before.stderr).toMatch(/@tensorflow\/tfjs is not installed: .*npx graft setup --no-notebook/);

      await must(folder, 'npx', '-y', `npm@${npm}`, 'exec', '--', 'graft', 'setup', '--no-notebook');
      expect(await must(folder, 'npx', 'graft', 'train', ...TRAIN, ...LESS)).toMatch(/^test accuracy \d/m);
      const own = await must(folder, 'npx', 'graft', 'predict', '--classifier', 'mine', '--json', picture);
      expect(JSON.parse(own)).toHaveLength(1);

      expect(filesIn(path.join(folder, 'node_modules'))).toEqual(installed);
      expect(readdirSync(folder).sort()).toEqual(
        ['.graft', 'mine', 'node_modules', 'package-lock.json', 'package.json', 'runs'].sort(),
      );
      expect(existsSync(path.join(folder, '.graft/features'))).toBe(true);
      // its own system's ONNX Runtime only
      const binaries = path.join(folder, '.graft/packages/engine/node_modules/onnxruntime-node/bin/napi-v6');
      const others = filesIn(binaries).filter((file) => !file.includes(path.join(process.platform, process.arch)));
      expect(others).toEqual([]);
    });

    it('is imported by TypeScript, plain JavaScript and CommonJS', async () => {
      const program = [
        "import { shapes10, type Dataset } from 'graft-ml';",
        "import { confusionMatrix } from 'graft-ml/plots';",
        "import { crossValidate } from 'graft-ml/analysis';",
        "import { onCluster } from 'graft-ml/cluster';",
        'const { train }: { train: Dataset } = shapes10({ train: 3 });',
        'const n: number = train.n;',
        'console.log(n, typeof confusionMatrix, typeof crossValidate, typeof onCluster);',
      ];
      const types = { types: ['node'], typeRoots: [`${PACKAGES}/@types`] };
      const options = { strict: true, skipLibCheck: true, noEmit: true, target: 'ES2022', ...types };
      const of = (more: object): string =>
        JSON.stringify({ compilerOptions: { ...options, ...more }, files: ['a.mts'] });
      write(folder, {
        'a.mts': program.join('\n'),
        'bundler.json': of({ module: 'ESNext', moduleResolution: 'Bundler', paths }),
        'node16.json': of({ module: 'Node16', moduleResolution: 'Node16' }),
        'wrong.mts': [
          "import { shapes10, vgg19 } from 'graft-ml';",
          'const text: string = shapes10({ train: 3 }).train.n;',
          'const name: string = (await vgg19()).layers;',
        ].join('\n'),
        'wrong.json': JSON.stringify({
          compilerOptions: { ...options, module: 'Node16', paths },
          files: ['wrong.mts'],
        }),
        'plain.mjs': "import { shapes10 } from 'graft-ml';\nconsole.log(shapes10({ train: 3 }).train.n);",
        'common.cjs': "import('graft-ml').then(({ shapes10 }) => console.log(shapes10({ train: 3 }).train.n));",
      });
      const compiler = path.resolve('node_modules/typescript/bin/tsc');
      for (const settings of ['bundler.json', 'node16.json'])
        await must(folder, process.execPath, compiler, '-p', settings);
      const wrong = await run(folder, process.execPath, compiler, '-p', 'wrong.json');
      // the types are there, and no `any`
      for (const type of ['number', 'Layer[]'])
        expect(wrong.stdout).toContain(`Type '${type}' is not assignable to type 'string'`);
      for (const file of ['plain.mjs', 'common.cjs']) expect(await must(folder, process.execPath, file)).toBe('3\n');
    });

    it('has a package.json that names Graft by its tarball', () => {
      const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
      };
      expect(Object.keys(dependencies)).toEqual(['graft-ml', 'graft-ml-data']);
    });

    it.runIf(npm === '10')('shares what is set up with another version, which a dependency brings', async () => {
      const others = path.dirname(tarballs[0]);
      await must(others, 'tar', '-xzf', tarballs[0]);
      const manifest = path.join(others, 'package/package.json');
      const { version, ...graft } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      write(others, {
        'package/package.json': JSON.stringify({ ...graft, version: `${version}-other` }),
        'asks/package.json': JSON.stringify({
          ...{ name: 'asks', version: '1.0.0', type: 'module', exports: './asks.js' },
          dependencies: { 'graft-ml': `file:${path.join(others, `graft-ml-${version}-other.tgz`)}` },
        }),
        'asks/asks.js':
          "export { loadClassifier } from 'graft-ml';\nexport { openClassifier } from 'graft-ml/predict';",
      });
      await must(others, 'npm', 'pack', '--silent', './package', './asks');
      await must(folder, 'npx', '-y', `npm@${npm}`, 'install', path.join(others, 'asks-1.0.0.tgz'));
      expect(existsSync(path.join(folder, 'node_modules/asks/node_modules/graft-ml/package.json'))).toBe(true);
      const drawn = path.join(folder, 'node_modules/graft-ml-data/drawn-flowers/daisy');
      const picture = path.join(drawn, readdirSync(drawn)[0]);
      write(folder, {
        'both.mjs': [
          "import { evaluate, loadClassifier, shapes10 } from 'graft-ml';",
          "import { openClassifier } from 'graft-ml/predict';",
          "import * as asks from 'asks';",
          "const theirs = await asks.loadClassifier('mine');",
          'const { test } = shapes10({ test: 20 });',
          'const [one, other] = [await loadClassifier("mine"), theirs].map((model) => evaluate(model, test));',
          'console.log((await one).loss === (await other).loss);',
          'for (const open of [openClassifier, asks.openClassifier]) {',
          "  const classifier = await open('mine');",
          `  console.log((await classifier.predict(${JSON.stringify(picture)})).probability);`,
          '  await classifier.close();',
          '}',
        ].join('\n'),
      });
      const { stdout, stderr } = await run(folder, process.execPath, 'both.mjs');
      const [same, ours, theirs] = stdout.trim().split('\n');
      expect(stderr + same).toBe('true');
      expect(Number(ours)).toBeGreaterThan(0.1);
      expect(theirs).toBe(ours);
    });

    it.runIf(npm === '11')('runs notebooks in the lab and, from any folder, in one’s own Jupyter', async () => {
      const graft = path.join(folder, 'node_modules/graft-ml/src/graft.mjs');
      const early = await run(folder, process.execPath, graft, 'kernel', 'install', '--prefix', 'own');
      expect(early.stderr).toMatch(/tslab\S* is not installed: .*Run `npx graft setup`/);
      lendPython(folder);
      const lent = lendBinding(path.join(path.dirname(folder), 'compiler'));
      await must(folder, 'env', ...lent, process.execPath, graft, 'setup');

      const fresh = path.join(project(), 'new');
      await must(folder, process.execPath, graft, 'new', fresh);
      const cells = cellsOf(path.join(fresh, 'start.ipynb'));
      const [shown, executed] = await Promise.all([
        inTheLab(folder, graft, lent, [...cells, ...MORE]),
        inOwnJupyter(folder, graft, lent, cells.slice(0, 2)),
      ]);
      expect(shown).toEqual([
        '',
        'shapes10 train: 300 images of 32×32, 10 classes',
        expect.stringMatching(/loss \d/),
        expect.stringMatching(/accuracy \d/),
        'tensorflow tensorflow 2\n',
        expect.stringContaining("Type 'number[]' is not assignable to type 'string'"),
        'a\n',
      ]);
      expect(executed).toContain('shapes10 train: 300 images');
    });
  });

/** Cells about packages of the set-up: TensorFlow.js is one, and has types, as jsdom has. */
const MORE = [
  "import * as tf from '@tensorflow/tfjs';\nimport { useTensorFlow } from 'graft-ml';\n" +
    'console.log((await useTensorFlow()).name, tf.getBackend(), tf.scalar(2).arraySync());',
  'const wrong: string = tf.zeros([2]).shape;',
  "import { JSDOM } from 'jsdom';\nconst text: string = new JSDOM('<p>a').window.document.body.textContent!;\n" +
    'console.log(text);',
];

/** Gives the sources of a notebook's cells of code. */
const cellsOf = (file: string): string[] =>
  (JSON.parse(readFileSync(file, 'utf8')) as { cells: { cell_type: string; source: string[] }[] }).cells
    .filter(({ cell_type: kind }) => kind === 'code')
    .map(({ source }) => source.join(''));

async function inTheLab(
  folder: string,
  graft: string,
  lent: readonly string[],
  sources: readonly string[],
): Promise<string[]> {
  const lab = await startLab(folder, graft, lent);
  expect(await lab.ask('api/kernelspecs')).toMatchObject({ default: 'graft' });
  const texts = await lab.cells(sources);
  expect(await lab.end()).toBe('SIGTERM');
  return texts;
}

/** Runs a notebook that lies elsewhere, by nbclient and the kernel that `graft kernel install` offers. */
async function inOwnJupyter(
  folder: string,
  graft: string,
  lent: readonly string[],
  sources: readonly string[],
): Promise<string> {
  const said = await must(folder, process.execPath, graft, 'kernel', 'install', '--prefix', 'own #1');
  expect(said).toContain('`npx graft kernel uninstall --prefix "own #1"` takes it back');
  const elsewhere = project();
  const cells = sources.map((source, id) => ({
    ...{ id: `cell-${id}`, cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null },
  }));
  const kernelspec = { name: 'graft', language: 'typescript', display_name: 'TypeScript (Graft)' };
  const notebook = { cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
  write(elsewhere, { 'a.ipynb': JSON.stringify(notebook) });
  const jupyter = `JUPYTER_PATH=${path.join(folder, 'own #1/share/jupyter')}`;
  const execute = ['-c', 'from nbclient.cli import main; main()', 'a.ipynb', '--inplace'];
  await must(elsewhere, 'env', ...lent, jupyter, path.join(folder, '.graft/python/bin/python'), ...execute);
  return readFileSync(path.join(elsewhere, 'a.ipynb'), 'utf8');
}
