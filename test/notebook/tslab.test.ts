import { describe, expect, it } from 'vitest';
import { checkTslab, loadTslab, typescript } from '../../src/notebook/kernel/tslab.ts';

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
    expect(() => checkTslab('1.0.22', { ...tslab, createConverter: undefined as never })).toThrow(
      'createConverter is not there',
    );
  });

  it('brings TypeScript 5.0 with the functions that the kernel wraps', () => {
    const compiler = typescript() as unknown as Record<string, unknown>;
    expect(compiler.versionMajorMinor).toBe('5.0');
    for (const name of [
      'createWatchCompilerHost',
      'createWatchProgram',
      'getQuickInfoAtPosition',
      'getPreEmitDiagnosticsOfFiles',
      'transpileModule',
      'flattenDiagnosticMessageText',
    ]) {
      expect(typeof compiler[name], name).toBe('function');
    }
  });

  it('converts a cell to JavaScript and declarations, and reports type errors by line and column', () => {
    const converter = tslab.createConverter({ isJS: false, isBrowser: false });
    try {
      const good = converter.convert('', 'const a: number = await Promise.resolve(1);\na + 1');
      expect(good.diagnostics).toEqual([]);
      expect(good.output).toContain('exports');
      expect(good.output).toContain('await');
      expect(good.declOutput).toContain('a: number');
      expect(good.lastExpressionVar).toMatch(/tsLastExpr/);
      const bad = converter.convert(good.declOutput!, 'const s: string = a;');
      expect(bad.diagnostics).toMatchObject([
        { start: { line: 0, character: 6 }, messageText: expect.stringContaining('number') as unknown },
      ]);
      expect(converter.inspect('', 'parseInt', 2)).toMatchObject({ displayParts: expect.anything() as unknown });
    } finally {
      converter.close();
    }
  });
});
