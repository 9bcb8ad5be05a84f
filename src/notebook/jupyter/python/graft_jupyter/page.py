"""Save and Export As > HTML, and `jupyter nbconvert --to html`: Graft's page in place of nbconvert's."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # src/notebook/jupyter

from page import page_resources, title  # noqa: E402
from page_exporter import PageExporter  # noqa: E402


class GraftPage(PageExporter):
    """The page that `npm run pages` writes."""

    export_from_notebook = "HTML"

    def from_notebook_node(self, nb, resources=None, **kw):
        resources = {**(resources or {}), "graft": page_resources(nb)}
        metadata = resources.get("metadata", {})
        resources["metadata"] = {**metadata, "name": title(nb, Path(metadata.get("name") or "Notebook"))}
        page, out = super().from_notebook_node(nb, resources, **kw)
        out["metadata"] = {**out["metadata"], "name": metadata.get("name", "notebook")}  # files are named by it
        return page, out
