import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { environment, PYTHON } from '../kernel/session.ts';

const PROGRAM = `
import json, sys
import quick_schemas
import nbformat, nbclient, jsonschema
before = "lark" in sys.modules
conforms = jsonschema.FormatChecker().conforms
checked = [conforms(text, "iri") for text in ("http://a.b/ü", "http://a b/")]
notebook = nbformat.v4.new_notebook()
nbformat.validate(notebook)
print(json.dumps([before, checked]))`;

it('Jupyter’s parts are imported without the grammars of web addresses, which are compiled when one is checked', () => {
  const options = { env: environment(), cwd: path.resolve('src/notebook/jupyter'), encoding: 'utf8' } as const;
  expect(JSON.parse(execFileSync(PYTHON, ['-c', PROGRAM], options))).toEqual([false, [true, false]]);
});
