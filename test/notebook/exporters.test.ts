import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';

const run = promisify(execFile);
const code = (source: string): object => ({
  cell_type: 'code',
  source,
  metadata: {},
  outputs: [],
  execution_count: null,
});
const NOTEBOOK = {
  nbformat: 4,
  nbformat_minor: 4,
  metadata: {
    kernelspec: { name: 'graft', display_name: 'TypeScript (Graft)', language: 'typescript' },
    language_info: { name: 'typescript', file_extension: '.ts', version: '5' },
  },
  cells: [
    { cell_type: 'markdown', source: '# A title\n\n## A part\n\n$E = mc^2$', metadata: {} },
    code(
      "import { shapes10 } from 'graft-ml';\nimport { join } from 'node:path';\nconst n: number = 3;\nconst twice = (x: number) => 2 * x;",
    ),
    code(
      "import { shapes10, subset } from 'graft-ml';\nconst n = 4, m = 5;\nfunction twice(x: number) { return 3 * x; }",
    ),
    code('!echo from the shell\n%time const squares = [1, 2].map((x) => x * n);\n%timeit Math.sqrt(2)'),
    code('shapes10?'),
    code("%%time\nconst { a, n: k } = { a: 1, n: await Promise.resolve(8) };\nconst join = 'a name again';"),
    code('console.log(n, m, twice(2), squares, a, k, join, typeof shapes10, typeof subset);'),
  ],
};

/** As JupyterLab's server does for "Save and Export As", with a fresh exporter and no configuration. */
async function exported(format: string, folder: string): Promise<string> {
  const program = `
import sys
from traitlets.config import Config
from nbconvert.exporters.base import get_exporter
exporter = get_exporter(sys.argv[1])(config=Config())
import nbformat
notebook = nbformat.read(sys.argv[2] + '/mine.ipynb', as_version=4)
body, resources = exporter.from_notebook_node(notebook, {'metadata': {'name': 'mine', 'path': sys.argv[2]}})
print(resources['output_extension'] + '\\n' + body)`;
  const options = { env: environment(), maxBuffer: 2 ** 26 };
  return (await run(PYTHON, ['-c', program, format, folder], options)).stdout;
}

describe('Save and Export As', () => {
  let folder: string; // inside of the project, as its notebooks are
  beforeAll(() => {
    folder = mkdtempSync(path.resolve('notebooks/exporters-'));
    writeFileSync(path.join(folder, 'mine.ipynb'), JSON.stringify(NOTEBOOK));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it(
    'gives Graft’s page as HTML: formulas, contents and dark colours, nothing from the network',
    { timeout: 300_000 },
    async () => {
      const page = await exported('html', folder);
      expect(page).toMatch(/^\.html\n/);
      expect(page).toContain('<title>A title</title>');
      expect(/<nav[^>]*>\s*<a[^>]*>[^<]*/.exec(page)![0]).toMatch(/graft-contents.*<a href="#A-part">A part$/s);
      expect(page).toMatch(/<math>.*<msup>/s);
      expect(page).toContain('@media screen and (prefers-color-scheme: dark)');
      expect(page).toContain("default-src 'none'");
      expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)="(https?:)?\/\//);
    },
  );

  it(
    'gives a script that runs by tsx: imports once, names once, magics as what they do or as remarks',
    { timeout: 300_000 },
    async () => {
      const [extension, ...lines] = (await exported('script', folder)).split('\n');
      expect(extension).toBe('.ts');
      const script = lines.join('\n');
      expect(script).toContain('// left out: %timeit Math.sqrt(2)');
      expect(script).toContain('// left out: shapes10?');
      writeFileSync(path.join(folder, 'mine.ts'), script);
      const { stdout } = await run('npx', ['tsx', 'mine.ts'], { cwd: folder });
      expect(stdout).toBe('from the shell\n4 5 6 [ 4, 8 ] 1 8 a name again function function\n');
    },
  );
});
