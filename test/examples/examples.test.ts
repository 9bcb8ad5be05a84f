import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as analysis from '../../src/analysis/index.ts';
import * as graft from '../../src/index.ts';
import * as widgets from '../../src/notebook/widgets/index.ts';
import * as plots from '../../src/plots/index.ts';
import { checkExamples, doorExamples } from './door-examples.ts';
import { exampleSetting } from './example-setting.ts';

/** Why an example is only compiled. */
const ONLY_COMPILED: Readonly<Record<string, string>> = {
  ...from(
    'reads files that are not there',
    'cifar10 photos importClassifier loadLayers onnxBackbone onnxCuts picturePaths predictFiles',
  ),
  ...from('reads files that another example writes', 'loadClassifier'),
  ...from('downloads weights', 'mobileNetV2 resnet50 vgg16 vgg19 startingSize downloadModel'),
  ...from('takes a network of 224 by 224 pixels', 'efficientNetLite0 defaultNetwork'),
  ...from('needs a bucket', 'bringFolder'),
  ...from('needs a cluster', 'onCluster'),
  ...from('reads what is on the machine', 'defaultData defaultPhotos'),
  ...from(
    'takes minutes of a slow machine',
    'trainClassifier fineTune headAbove compareBackbones backbonesTable ' +
      'chooseBackbone compareMethods backbonesFrontier backbonesDifferences',
  ),
};

const { examples, withoutDocs } = doorExamples();
const folder = mkdtempSync(path.join(tmpdir(), 'graft-examples-'));
const before = process.cwd();
let setting: Awaited<ReturnType<typeof exampleSetting>>;

beforeAll(async () => {
  setting = await exampleSetting(folder);
  process.chdir(folder); // what examples write lies there
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

it('every name of the front doors has an example', () => {
  expect(examples.filter(({ code }) => !code).map(({ name }) => name)).toEqual([]);
});

it('every exported name says what it is', () => {
  expect(withoutDocs).toEqual([]);
});

it('every example compiles', () => {
  expect(checkExamples(examples)).toEqual([]);
});

it('what is only compiled is named at a front door', () => {
  const names = new Set(examples.map(({ name }) => name));
  expect(Object.keys(ONLY_COMPILED).filter((name) => !names.has(name))).toEqual([]);
});

describe('runs', () => {
  for (const { name, code } of examples.filter(({ name }) => !Object.hasOwn(ONLY_COMPILED, name)))
    it(`the example of ${name}`, async () => {
      const scope = { ...graft, ...plots, ...analysis, ...widgets, ...setting };
      const { outputText } = ts.transpileModule(`{\n${code}\n}`, {
        compilerOptions: { target: ts.ScriptTarget.ES2022 },
      });
      const AsyncFunction = (async () => {}).constructor as new (
        ...parts: string[]
      ) => (...values: unknown[]) => unknown;
      await new AsyncFunction(...Object.keys(scope), outputText)(...Object.values(scope));
    });
});

function from(reason: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, reason]));
}
