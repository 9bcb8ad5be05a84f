import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';

const bar = (value: number, max: number, text: string) => ({
  output_type: 'display_data',
  metadata: {},
  data: { 'text/html': `<progress value="${value}" max="${max}"></progress>`, 'text/plain': text },
});

it('a page shows the finished bars of a cell in one line, with count and time', () => {
  const outputs = [
    bar(9, 9, 'vgg16 to fc2: float32, cifar10 train\nvgg16 to fc2: 2,500 images, in 1 min 40 s, 25 images/s'),
    bar(9, 9, 'vgg16 to fc2: 1,000 images, in 25 s, 40 images/s'),
    { output_type: 'stream', name: 'stdout', text: 'between' },
    bar(9, 9, 'sweep: 15 runs, in 1.5 s, 3 found on disk (seed 3)'),
    bar(4, 9, 'vgg16 to fc2: 400 of 900 images'),
  ];
  const program = `
import sys, json, nbformat
sys.path.insert(0, 'src/notebook/jupyter')
from finished_bars import fold_bars, summary
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('1')])
notebook.cells[0].outputs = [nbformat.from_dict(o) for o in json.loads(sys.argv[1])]
fold_bars(notebook)
print(json.dumps([notebook.cells[0].outputs, summary(['a: 3 images, all found on disk'])]))`;
  const ran = execFileSync(PYTHON, ['-c', program, JSON.stringify(outputs)], { env: environment() });
  const [folded, found] = JSON.parse(String(ran)) as [{ data?: Record<string, string>; text?: string }[], string];
  expect(folded).toHaveLength(3);
  expect(folded[0].data!['text/html']).toContain('<summary>3,500 images, 15 runs in 2 min 6 s</summary>');
  expect(folded[0].data!['text/html'].match(/<div>/g)).toHaveLength(4);
  expect(folded[1].text).toBe('between');
  expect(folded[2].data!['text/html']).toContain('<progress value="4"');
  expect(found).toBe('3 images, all found on disk');
});
