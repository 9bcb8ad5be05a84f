import { createRequire } from 'node:module';
import type ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { checkTslab, checkTypescript, loadTslab, typescript } from '../../src/notebook/kernel/tslab.ts';

/** What the kernel uses of tslab, one internal a test: another version fails here, not in a notebook. */
describe('tslab', () => {
  const tslab = loadTslab();

  it('has the classes and methods that the kernel overrides, and one that is not there is named', () => {
    expect(() => checkTslab('1.0.22', tslab)).not.toThrow();
    expect(() => checkTslab('1.0.23', tslab)).toThrow('The kernel is built around tslab 1.0.22; 1.0.23 is installed.');
    for (const [name, method] of [
      ['ZmqServer', 'bindSocket'],
      ['JupyterHandlerImpl', 'handleComplete'],
    ] as const) {
      const { [method]: _, ...others } = Object.getOwnPropertyDescriptors(
        (tslab[name] as unknown as { prototype: object }).prototype,
      );
      const Changed = Object.assign(function () {}, { prototype: Object.defineProperties({}, others) });
      expect(() => checkTslab('1.0.22', { ...tslab, [name]: Changed as never })).toThrow(`expected ${name} with`);
      expect(() => checkTslab('1.0.22', { ...tslab, [name]: Changed as never })).toThrow(`${method} is not there`);
    }
    expect(() => checkTslab('1.0.22', { ...tslab, ZmqServer: undefined as never })).toThrow('ZmqServer is not there');
  });

  it('is loaded without its own copy of TypeScript', () => {
    const require = createRequire(createRequire(import.meta.url).resolve('tslab/package.json'));
    expect(Object.keys(require.cache).filter((file) => file.endsWith('tslab/dist/jupyter.js'))).toHaveLength(1);
    expect((require('@tslab/typescript-for-tslab') as typeof ts).version).toBe(typescript().version);
  });
});

describe('TypeScript', () => {
  it('has the functions that it exports without saying so, and one that is not there is named', () => {
    expect(typescript().versionMajorMinor).toBe('5.9');
    const { bindSourceFile: _, ...others } = typescript() as typeof ts & { bindSourceFile: unknown };
    expect(() => checkTypescript(others)).toThrow(/TypeScript 5\.9.*bindSourceFile is not there/);
    const SignatureHelp = {};
    expect(() => checkTypescript({ ...typescript(), SignatureHelp } as unknown as typeof ts)).toThrow(
      'SignatureHelp.getSignatureHelpItems is not there',
    );
  });
});
