"""Save and Export As > Executable Script, and `jupyter nbconvert --to script`: TypeScript that runs by `npx tsx`."""
import json
import subprocess
from pathlib import Path

from nbconvert.exporters import Exporter

SCRIPT = Path(__file__).resolve().parents[2] / "script.cjs"


class TypeScriptExporter(Exporter):
    """Writes a notebook's cells as a module; script.ts knows what has to change for that."""

    file_extension = ".ts"
    output_mimetype = "text/typescript"

    def from_notebook_node(self, nb, resources=None, **kw):
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        cells = [{"code": c.cell_type == "code", "source": c.source} for c in nb.cells if c.source.strip()]
        given = json.dumps({"folder": resources["metadata"].get("path") or None, "cells": cells})
        done = subprocess.run(["node", SCRIPT], input=given, capture_output=True, text=True, check=True)
        return done.stdout, resources
