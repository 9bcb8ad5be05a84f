"""nbconvert's HTML exporter, with formulas as MathML instead of MathJax, which it would load from elsewhere."""
import copy
import json
import re
import secrets
import subprocess
import threading
from pathlib import Path

import nbconvert.exporters.html as nbconvert_html
from nbconvert import HTMLExporter
from traitlets import default

from finished_bars import fold_bars

TEMPLATES = Path(__file__).with_name("nbconvert") / "templates"
VIEW = "application/vnd.jupyter.widget-view+json"
MATHS = Path(__file__).with_name("maths.mjs")


class PageExporter(HTMLExporter):
    """Exports a notebook as a page; formulas are collected on the way and written all at once at the end."""

    _one_at_a_time = threading.Lock()  # JupyterLab's server exports in threads

    @default("template_name")
    def _template_name_default(self):
        return "graft"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self):
        return [str(TEMPLATES)]

    def from_notebook_node(self, nb, resources=None, **kw):
        nb = copy.deepcopy(nb)
        fold_bars(nb)
        without_controls(nb)
        formulas, mark = [], f"graft-formula-{secrets.token_hex(8)}"

        class Renderer(nbconvert_html.IPythonRenderer):
            def collect(self, tex, display):
                formulas.append({"tex": tex, "display": display})
                return f"{mark}-{len(formulas) - 1};"

            def inline_math(self, body):
                return self.collect(body, False)

            def block_math(self, body):
                return self.collect(body, True)

            def latex_environment(self, name, body):
                return self.collect(f"\\begin{{{name}}}{body}\\end{{{name}}}", True)

        with self._one_at_a_time:
            original, nbconvert_html.IPythonRenderer = nbconvert_html.IPythonRenderer, Renderer
            try:
                page, resources = super().from_notebook_node(nb, resources, **kw)
            finally:
                nbconvert_html.IPythonRenderer = original
        for i, mathml in enumerate(write(formulas)):
            page = page.replace(f"{mark}-{i};", mathml)
        # tables of box-drawing characters are scrolled on a narrow screen; other text is wrapped
        page = re.sub(r"<pre>(?=[^<]*[│┃])", '<pre class="graft-boxes" tabindex="0">', page)
        # what scrolls is reached by the keyboard
        return page.replace('overflow-x:auto">', 'overflow-x:auto" tabindex="0">'), resources


def without_controls(notebook):
    """Takes out views of controls, which are dead without a kernel; their outputs hold the state as HTML or text too."""
    notebook.metadata.pop("widgets", None)
    for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
        if output.output_type in ("display_data", "execute_result") and VIEW in output.data:
            del output.data[VIEW]
            output.data.setdefault("text/plain", "a control, which needs the notebook")


def write(formulas):
    """TeX → MathML."""
    if not formulas:
        return []
    done = subprocess.run(["node", MATHS], input=json.dumps(formulas), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
