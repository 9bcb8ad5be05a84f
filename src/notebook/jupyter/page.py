"""Pages of executed notebooks: self-contained, with contents, foldable code, where the figures come from, and a gallery."""
import html
import json
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nbformat

from page_exporter import PageExporter

ROOT = Path(__file__).resolve().parents[3]
DARK = Path(sys.prefix) / "share/jupyter/nbconvert/templates/lab/static/theme-dark.css"


def write_page(notebook, path: Path, page: Path) -> None:
    """Write a notebook's page; it asks nothing of the network and is replaced as a whole."""
    resources = {"metadata": {"name": title(notebook, path)}, "graft": page_resources(notebook)}
    body, _ = PageExporter().from_notebook_node(notebook, resources)
    # a link to another notebook of the folder leads to its page, which is written beside this one
    replace(page, re.sub(r'(<a href="[\w-]+)\.ipynb(?=["#])', r"\1.html", body))


def page_resources(notebook) -> dict:
    """What the template (jupyter/nbconvert/templates/graft) shows beside the cells."""
    facts = notebook.metadata.get("graft", {})
    return {
        "contents": headings(notebook),
        "dark_css": DARK.read_text(encoding="utf-8"),
        "provenance": provenance_rows(facts if "packages" in facts else {}),
    }


def replace(file: Path, text: str) -> None:
    temporary = file.with_suffix(file.suffix + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


def title(notebook, path: Path) -> str:
    for cell in notebook.cells:
        match = re.match(r"#\s+(.+)", cell.source) if cell.cell_type == "markdown" else None
        if match:
            return match[1]
    return path.stem


def headings(notebook):
    """The second-level headings, with the ids that nbconvert gives them."""
    lines = [line for c in notebook.cells if c.cell_type == "markdown" for line in c.source.split("\n")]
    names = [line[3:].strip() for line in lines if line.startswith("## ")]
    return [{"text": name, "id": name.replace(" ", "-")} for name in names]


def question(notebook) -> str:
    """The first paragraph under the title."""
    lines = next((c.source for c in notebook.cells if c.cell_type == "markdown"), "").split("\n")
    text = "\n".join(line for line in lines if not line.startswith("#")).strip().split("\n\n")[0]
    return re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", lambda m: m[1] or "", text)


def picture(notebook) -> str:
    """The first picture of the cell tagged "picture", with its title, legend and caption; else the first one there is."""
    tagged = [c for c in notebook.cells if "picture" in c.metadata.get("tags", [])]
    outputs = [o for c in [*tagged, *notebook.cells] for o in c.get("outputs", []) if o.output_type in ("display_data", "execute_result")]
    shown = [o.data.get("text/html", "") for o in outputs]
    return next((h for h in shown if "<img " in h and "<table" not in h), "")


def headline(notebook) -> str:
    """What the cells tagged "headline" printed, or have as their value."""
    outputs = [o for c in notebook.cells if "headline" in c.metadata.get("tags", []) for o in c.get("outputs", [])]
    printed = [o.text.rstrip() for o in outputs if o.output_type == "stream" and o.name == "stdout"]
    return "\n".join(printed or [o.data.get("text/plain", "") for o in outputs if o.output_type == "execute_result"])


def provenance(seconds: float, run_file) -> dict:
    """What a run rests on: the project's commit, versions, hardware, and the run that the notebook wrote down."""
    def output(*command: str) -> str:
        try:
            return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""
    commit = output("git", "rev-parse", "--short=12", "HEAD")
    if commit and output("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    return {
        "commit": commit or "not in git",
        "seconds": round(seconds, 1),
        "node": output("node", "--version"),
        "python": platform.python_version(),
        "packages": {"tensorflow": tensorflow(), **{name: version(name) for name in ("jupyterlab", "nbconvert")}},
        "run": json.loads(run_file.read_text(encoding="utf-8")) if run_file else None,
    }


def recorded(notebook, code, runs=ROOT / "runs") -> Path | None:
    """The last run that the notebook's outputs name; others may write runs at the same time."""
    said = re.findall(r"runs/([\w-]+)/run\.json", json.dumps([notebook.cells[i].get("outputs", []) for i in code]))
    files = [runs / name / "run.json" for name in said]
    return next((file for file in reversed(files) if file.exists()), None)


def tensorflow() -> str:
    """The version that the set-up pins: only its native library is installed, which pip does not know of."""
    pinned = (ROOT / "src/setup/requirements/tensorflow.txt").read_text(encoding="utf-8")
    return re.search(r"^tensorflow==(\S+)", pinned, re.MULTILINE)[1]


def provenance_rows(facts: dict):
    """Rows (name, value) for the end of a page."""
    if not facts:
        return []
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    rows = [("Project", f"commit {facts['commit']}"), ("Versions", f"Node.js {facts['node']}, Python {facts['python']}, {packages}")]
    run = facts.get("run")
    if run:
        rows += [("Data", "; ".join(f"{part}: {d['name']}, sha256 {d['hash'][:12]}…" for part, d in run["data"].items()))]
        weights = run["backbone"]["weights"]
        rows += [("Weights", f"{run['backbone']['network']} to {run['backbone']['cut']}" + (f", {Path(weights['file']).name}, {weights['bytes']:,} bytes" if weights else ", random"))]
        rows += [("Engine", run["engine"]), ("Hardware", f"{run['hardware']['tensorflow']}; {run['hardware']['memoryGiB']} GiB")]
        rows += [("Options", ", ".join(f"{k} {v}" for k, v in run["options"].items()))]
        rows += [("Written down", f"runs/{run['id']}/run.json, {run['finished']}")]
    rows += [("Whole notebook", f"{facts['seconds']:.0f} s")]
    return rows


def write_gallery(results: Path) -> Path:
    """results/index.html: every exported notebook with its question, its answer and its own best picture."""
    cards = []
    for file in sorted(results.glob("*.ipynb")):
        if not file.with_suffix(".html").exists():
            continue
        notebook = nbformat.read(file, as_version=4)
        cards.append(
            f'<article><a href="{html.escape(file.stem)}.html"><h2>{html.escape(title(notebook, file))}</h2></a>'
            f"<p>{html.escape(question(notebook))}</p>{picture(notebook)}<pre>{html.escape(headline(notebook))}</pre></article>"
        )
    page = results / "index.html"
    replace(page, GALLERY.replace("CARDS", "\n".join(cards)))
    return page


CSP = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
GALLERY = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{CSP}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Graft: results</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 860px; margin: 0 auto; padding: 24px 16px; }}
  article {{ margin: 24px 0 40px; }}
  h2 {{ margin: 0; font-size: 20px; }}
  p {{ margin: 4px 0 12px; }}
  pre {{ white-space: pre-wrap; font-size: 13px; }}
  img {{ max-width: 100%; }}
</style>
</head>
<body>
<h1>Results</h1>
CARDS
</body>
</html>
"""
