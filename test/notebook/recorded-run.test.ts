import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';

it('a page tells of the last run that its notebook names, whatever else was written meanwhile', () => {
  const runs = mkdtempSync(path.join(os.tmpdir(), 'runs-'));
  for (const id of ['own-1', 'own-2', 'another']) {
    mkdirSync(path.join(runs, id));
    writeFileSync(path.join(runs, id, 'run.json'), '{}');
  }
  const program = `
import sys, nbformat
from pathlib import Path
sys.path.insert(0, 'src/notebook/jupyter')
from page import recorded
def found(*texts):
    cell = nbformat.v4.new_code_cell('1', outputs=[nbformat.v4.new_output('stream', text=t) for t in texts])
    file = recorded(nbformat.v4.new_notebook(cells=[cell]), [0], Path(sys.argv[1]))
    return file and file.parent.name
print(found('written down as runs/own-1/run.json', 'runs/own-2/run.json', 'runs/gone/run.json'), found('0.07 runs/s'))`;
  const ran = execFileSync(PYTHON, ['-c', program, runs], { env: environment() });
  rmSync(runs, { recursive: true });
  expect(String(ran)).toBe('own-2 None\n');
});
