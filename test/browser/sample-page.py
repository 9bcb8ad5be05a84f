"""Writes the page of a notebook that has everything a page may have trouble with: sample-page.py FILE."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src/notebook/jupyter"))

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from page import write_page

CODE = """/** Doubles. */
import { fit } from 'graft-ml'; // a comment
const x: number = await fit(3 + 4, { rate: 0.5, name: "text" });
async function f<T>(a: T[]): Promise<T | undefined> { return a?.[0] ?? undefined; }
const re = /ab+c/g; const t = `template ${x} text`; const big = 10n; let b = true && !false;
class A extends B { #p = 1; static s = null; m() { throw new Error('x'); } }"""


def table(columns):
    row = lambda tag, text: "<tr>" + "".join(f"<{tag}>{text(i)}</{tag}>" for i in range(columns)) + "</tr>"
    body = "".join(row("td", lambda i: f"{i * j * 1.2345:.4f}") for j in range(4))
    return f"<table><thead>{row('th', lambda i: f'column {i}')}</thead><tbody>{body}</tbody></table>"


# a plot that is drawn twice, for narrow columns and for others: src/plots/frame/svg-card.ts
PLOT = """<div style="container-type:inline-size"><style>.wide{display:none}@container (min-width:600px){.wide{display:block}.narrow{display:none}}</style>
<div style="display:inline-block;max-width:100%"><div class="narrow" style="width:fit-content"><img alt="plot" style="max-width:100%" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='340' height='200'/%3E"></div>
<div class="wide" style="width:fit-content"><img alt="plot" style="max-width:100%" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='640' height='300'/%3E"></div></div></div>"""

cells = [
    new_markdown_cell("# Sample\n\nEnergy is $E=mc^2$, and\n\n$$L = -\\frac{1}{N}\\sum_{i=1}^N \\log \\hat{y}_{i, k_i}$$"),
    new_code_cell(CODE, execution_count=1, outputs=[new_output("display_data", data={"text/html": table(n)}) for n in (6, 12, 24)]),
    new_code_cell("show(plot);", outputs=[new_output("display_data", data={"text/html": PLOT})]),
]
for i in range(60):
    cells.append(new_markdown_cell(f"## Section {i}\n\n" + "Some words of prose that go on for a while. " * (i % 5 + 1)))
    cells.append(new_code_cell("f();", execution_count=i + 2, outputs=[new_output("stream", name="stdout", text="line\n" * (i * 7 % 23 + 1))]))
notebook = new_notebook(cells=cells, metadata={"language_info": {"name": "typescript"}})
write_page(notebook, Path("sample.ipynb"), Path(sys.argv[1]))
