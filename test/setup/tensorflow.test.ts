import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { itWithPeers } from '../peers.ts';
import * as binding from '../../src/setup/parts/binding.mjs';
import * as place from '../../src/setup/place.mjs';
import * as library from '../../src/setup/parts/tensorflow.mjs';

const { SOURCES, includes } = binding as { SOURCES: string[]; includes(): string[] };
const { HEADERS, LIBRARIES } = library as { HEADERS: string[]; LIBRARIES: string[] };
const folder = (place as { tensorflow(): string }).tensorflow();
const linked = existsSync(path.join(folder, LIBRARIES[0]));
const output = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });
const cuda = readFileSync('src/setup/requirements/cuda.in', 'utf8').match(/^nvidia-.*$/gm)!;

describe('TensorFlow’s library', () => {
  it('has the headers that the binding’s compiler opens, and no others', (context) => {
    if (!linked) context.skip('TensorFlow’s library was not linked: no g++');
    const options = ['-std=c++17', '-DNAPI_VERSION=8', ...includes().flatMap((include) => ['-I', include])];
    const said = SOURCES.map((source) => output('g++', '-M', ...options, source)).join(' ');
    const opened = said.split(/[\s\\]+/).filter((file) => file.startsWith(`${folder}${path.sep}`));
    const names = new Set(opened.map((file) => path.relative(path.join(folder, 'include'), file)));
    expect([...names].sort()).toEqual([...HEADERS].sort());
  });

  it('finds every CUDA library where pip puts it: its run paths are those packages’ folders', (context) => {
    if (!linked) context.skip('TensorFlow’s library was not linked: no g++');
    const said = LIBRARIES.map((name) => output('readelf', '-d', path.join(folder, name)));
    const paths = said.flatMap((text) => /runpath: \[(.*)\]/.exec(text)?.[1].split(':') ?? []);
    const beside = new Set(paths.flatMap((run) => /^\$ORIGIN\/\.\.\/(\w.*)/.exec(run)?.[1] ?? []));
    if (!paths.some((run) => run.includes('nvidia'))) context.skip('this wheel is without CUDA (ARM)');
    // the name of a package says where it lies: nvidia-cuda-runtime-cu12 is nvidia/cuda_runtime/lib
    const installed = cuda.map((line) => `nvidia/${/^nvidia-(.*)-cu12/.exec(line)![1].replaceAll('-', '_')}/lib`);
    // several GPUs of several machines, and an inference library: TensorFlow's extra `and-cuda` has neither
    expect([...beside].filter((run) => !installed.includes(run)).sort()).toEqual(['nvidia/nvshmem/lib', 'tensorrt']);
    // on a machine with a driver they are there
    if (!existsSync(path.join(folder, '../nvidia'))) return;
    for (const run of installed) if (beside.has(run)) expect(existsSync(path.join(folder, '..', run)), run).toBe(true);
  });

  itWithPeers('is given the CUDA packages that its own metadata asks for', (python) => {
    const code = "import importlib.metadata as m; print('\\n'.join(m.requires('tensorflow')))";
    const said = output(python, '-c', code);
    const asked = [...said.matchAll(/^(\S+); extra == "and-cuda"$/gm)].map(([, line]) => line);
    expect(asked.length).toBeGreaterThan(8);
    expect([...cuda].sort()).toEqual(asked.sort());
  });
});
