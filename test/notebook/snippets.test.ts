import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** What the kernel understands that is not TypeScript: lines of magics, `name?`. */
const MAGIC = /^\s*(%|!).*$|^\s*[\w.]+\?\??\s*$/gm;

function cellsOf(notebook: string): string {
  const { cells } = JSON.parse(readFileSync(notebook, 'utf8')) as {
    cells: { cell_type: string; source: string | string[] }[];
  };
  const code = cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => [source].flat().join(''));
  return code.join('\n;\n');
}

/** Each snippet of TypeScript stands for itself; one without imports goes on from the one before. */
function snippetsOf(page: string): string[] {
  const all = [...readFileSync(page, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code);
  return all.filter((code) => code.includes('import '));
}

it('code in notebooks, README and docs is of the types that there are', () => {
  const sources = new Map<string, string>();
  for (const name of readdirSync('notebooks').filter((one) => one.endsWith('.ipynb')))
    sources.set(path.resolve(`${name}.ts`), cellsOf(`notebooks/${name}`));
  const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((one) =>
    one.endsWith('.md'),
  );
  for (const page of pages)
    for (const [i, code] of snippetsOf(page).entries())
      sources.set(path.resolve(`${path.basename(page)}-${i + 1}.ts`), code);
  expect(sources.size).toBeGreaterThan(10);

  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  // what a cell declares may wait for a later use
  const own = { ...options, allowJs: false, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(own);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const code = sources.get(file);
    if (code === undefined) return getSourceFile(file, ...rest);
    return ts.createSourceFile(file, `${code.replace(MAGIC, '')}\nexport {};\n`, rest[0]);
  };
  const program = ts.createProgram([...sources.keys()], own, host);
  const found = [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((one) => {
      const { line } = ts.getLineAndCharacterOfPosition(source, one.start!);
      const text = ts.flattenDiagnosticMessageText(one.messageText, '\n');
      return `${path.basename(file)}: ${source.text.split('\n')[line]}: ${text}`;
    });
  });
  expect(found).toEqual([]);
});
