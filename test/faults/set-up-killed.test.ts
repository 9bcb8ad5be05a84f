import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIBRARIES, type Project, project } from '../setup/project.ts';

const COMPLETE = { status: 0, stdout: expect.stringMatching(/set-up: complete\n$/) as string, stderr: '' };

let copy: Project;
let fresh: string[];
let took: number;
beforeAll(async () => {
  copy = project();
  const begin = performance.now();
  expect(await copy.setUp()).toMatchObject(COMPLETE);
  took = performance.now() - begin;
  fresh = copy.files();
});
afterAll(() => rmSync(copy.root, { recursive: true }));

const at = (...names: string[]): string => path.join(copy.root, ...names);
const site = (): string => at(path.dirname(fresh.find((line) => line.includes('lab/server.py'))!), '..');
const clear = (): void => {
  for (const name of ['.venv', 'node_modules']) rmSync(at(name), { recursive: true });
};

describe('a set-up', () => {
  it('leaves Jupyter’s packages, TensorFlow’s library, and binaries of this system only', () => {
    for (const name of LIBRARIES) expect(existsSync(path.join(site(), name)), name).toBe(true);
    expect(existsSync(path.join(site(), 'tensorflow/python'))).toBe(false);
    expect(existsSync(at('.venv/wheel'))).toBe(false);
    const own = `${process.platform}/${process.arch}`;
    expect(fresh.filter((line) => line.includes('tf.node.js'))).toEqual([expect.not.stringContaining('.map')]);
    const binaries = fresh.filter((line) => line.includes('napi-v6')).map((line) => line.split('napi-v6/')[1]);
    expect(binaries).toEqual([expect.stringContaining(`${own}/a.node`)]);
    expect(readFileSync(at('.venv/package.json'), 'utf8')).toContain('commonjs');
  });

  it('that is killed goes on at the next start, and leaves what an undisturbed one leaves', async () => {
    clear();
    for (const part of [0.15, 0.4, 0.6, 0.75, 0.9]) {
      expect((await copy.setUp(part * took)).status, `${part}`).not.toBe(1);
    }
    expect(await copy.setUp()).toMatchObject(COMPLETE);
    expect(copy.files()).toEqual(fresh);
    expect(await copy.setUp()).toMatchObject({ status: 0, stdout: 'set-up: complete\n' });
  });

  it('makes good what a kill left half written: pip would take it for installed', async () => {
    rmSync(at('.venv/.graft-packages'));
    rmSync(path.join(site(), 'lab/server.py'));
    expect(await copy.setUp()).toMatchObject(COMPLETE);
    expect(copy.files()).toEqual(fresh);
  });

  it('takes Keras and TensorFlow’s Python out of an older .venv, and leaves what is the user’s', async () => {
    const own = { 'jupyter/config/theme': 'dark', 'peers/done': '' };
    const old = { '.graft-packages': 'of before', ...own };
    for (const [name, text] of Object.entries(old)) {
      mkdirSync(path.dirname(at('.venv', name)), { recursive: true });
      writeFileSync(at('.venv', name), text);
    }
    for (const name of ['keras', 'tensorflow/python', 'numpy.libs']) {
      mkdirSync(path.join(site(), name), { recursive: true });
      writeFileSync(path.join(site(), name, 'big.so'), 'x'.repeat(1000));
    }
    // cut off while it clears away, too
    await copy.setUp(300);
    expect(await copy.setUp()).toMatchObject(COMPLETE);
    const kept = Object.entries(own).map(([name, text]) => `.venv/${name} ${text.length}`);
    expect(copy.files()).toEqual([...fresh, ...kept].sort());
  });

  it('waits for another one that is at work in the same folder', async () => {
    clear();
    const both = await Promise.all([copy.setUp(), copy.setUp()]);
    for (const one of both) expect(one).toMatchObject(COMPLETE);
    const said = both.map(({ stdout }) => stdout).join('');
    expect(said).toMatch(/another set-up is running here \(process \d+\); waiting for it/);
    expect(copy.files()).toEqual(fresh);
  });

  it('does not take over one that is at work in a container beside it, whose processes it does not see', async () => {
    clear();
    mkdirSync(at('.venv'));
    const held = `${2 ** 22 + 7} 1 another-boot/pid:[1]`;
    writeFileSync(at('.venv/setup.lock'), held);
    const waiting = spawn(process.execPath, [at('src/setup/setup.mjs'), '--no-openvino'], {
      env: { PATH: at('bin'), HOME: copy.root },
    });
    let said = '';
    while (!said.includes('waiting for it')) said += String(((await once(waiting.stdout, 'data')) as [Buffer])[0]);
    expect(said).toMatch(
      /another set-up is running here \(process \d+ of another container or machine: .*setup\.lock\)/,
    );
    waiting.kill('SIGKILL');
    expect(readFileSync(at('.venv/setup.lock'), 'utf8')).toBe(held);
    utimesSync(at('.venv/setup.lock'), 1, 1); // untouched for long: it is a dead one's
    expect(await copy.setUp()).toMatchObject(COMPLETE);
  });
});

it('a TensorFlow wheel of another layout is refused with what was expected in it', async () => {
  const other = project({ tensorflow: ['tensorflow/libtensorflow_cc.2.dylib', LIBRARIES[1]] });
  const { status, stderr } = await other.setUp();
  expect(status).toBe(1);
  const expected = 'expected tensorflow/libtensorflow_cc.so.2, tensorflow/include/tensorflow/c/c_api.h, ';
  const got = 'of libraries tensorflow/libtensorflow_cc.2.dylib, tensorflow/libtensorflow_framework.so.2.';
  for (const part of [`tensorflow-1.0-py3-none-any.whl: ${expected}`, got]) expect(stderr).toContain(part);
  expect(stderr).toContain('src/setup/parts/tensorflow.mjs');
  rmSync(other.root, { recursive: true });
});
