"""Run notebooks from top to bottom, saying which cell runs, and write each to results/ as .ipynb and .html.

Without names it runs all of notebooks/. results/index.html shows what has been run.

usage: run.py [NOTEBOOK...] [--set NAME=VALUE]... [--inplace]

--set NAME=VALUE  overrides a variable of the cell tagged "parameters" (as papermill does); VALUE is JSON, else a string
--inplace         also writes the outputs into the notebook itself
"""
import argparse
import json
import re
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import quick_schemas  # before nbformat, which imports jsonschema
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "results"
TTY = sys.stdout.isatty()
START_ATTEMPTS = 3


def say(text: str, replace: bool = False) -> None:
    """Print a line; with `replace`, one that the next line takes the place of (on a terminal only)."""
    if TTY:
        sys.stdout.write("\r\x1b[2K" + (text[:110] if replace else text + "\n"))
    elif not replace:
        print(text)
    sys.stdout.flush()


class Client(NotebookClient):
    """Executes cells and passes on what their progress bars say."""

    last_progress = 0.0
    # pages and notebooks hold no state of controls, which nothing could move
    store_widget_state = False

    async def async_start_new_kernel(self, **kwargs):
        await super().async_start_new_kernel(**kwargs)
        # nbconvert is imported (0.6 s) while the kernel starts and cells run
        threading.Thread(target=import_module, args=("page",), daemon=True).start()

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("update_display_data", "display_data"):
            text = msg["content"]["data"].get("text/plain", "")
            now = time.monotonic()
            if re.match(r"[^\n\[]+: [\d,]+ (of [\d,]+ )?(images|MB)\b[^\[]*$|epoch \d", text):
                pause = 0.2 if TTY else 10.0
                if now - self.last_progress > pause:
                    self.last_progress = now
                    say("      " + text.split("\n")[0], replace=TTY)
        return super().process_message(msg, cell, cell_index)


def with_parameters(notebook, pairs):
    """Insert a cell after the one tagged "parameters" that assigns the values given."""
    if not pairs:
        return notebook
    at = next((i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])), None)
    if at is None:
        raise SystemExit('--set: expected a cell tagged "parameters" in the notebook; there is none.')
    declared = set(re.findall(r"^\s*let\s+(\w+)", notebook.cells[at].source, flags=re.M))
    lines = []
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or name not in declared:
            raise SystemExit(f"--set: expected NAME=VALUE with NAME one of {', '.join(sorted(declared))}; got \"{pair}\".")
        try:
            literal = json.dumps(json.loads(value))
        except ValueError:
            literal = json.dumps(value)
        lines.append(f"{name} = {literal};")
    cell = nbformat.v4.new_code_cell("\n".join(lines), metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(at + 1, cell)
    return notebook


def execute(new_client) -> None:
    """Run a notebook; a kernel one of whose ports has been taken ends (kernel.ts), and another is started, as JupyterLab does."""
    for attempt in range(START_ATTEMPTS):
        try:
            new_client().execute()
            return
        except RuntimeError as error:
            if "died before replying" not in str(error) or attempt == START_ATTEMPTS - 1:
                raise


def run(path: Path, pairs, inplace: bool) -> Path:
    notebook = with_parameters(nbformat.read(path, as_version=4), pairs)
    code = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]
    started = time.monotonic()
    begun = {}
    heading = ""
    say(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {len(code)} cells")

    def on_start(cell, cell_index, **_):
        nonlocal heading
        if cell_index not in code:
            return
        begun[cell_index] = time.monotonic()
        title = next((re.sub(r"^#+\s*", "", line) for c in reversed(notebook.cells[:cell_index]) if c.cell_type == "markdown"
                      for line in c.source.split("\n") if line.startswith("#")), "")
        heading = f"[{code.index(cell_index) + 1}/{len(code)}] {title}"
        say(heading + " ...", replace=True)

    def on_end(cell, cell_index, **_):
        if cell_index in begun:
            say(f"{heading} ({time.monotonic() - begun[cell_index]:.1f} s)")

    RESULTS.mkdir(exist_ok=True)
    failed = None
    try:
        execute(lambda: Client(notebook, timeout=None, kernel_name="graft", resources={"metadata": {"path": str(path.parent)}},
                               on_cell_start=on_start, on_cell_executed=on_end))
    except CellExecutionError as error:
        failed = error
    except DeadKernelError:
        raise SystemExit(f"\n{path.name}: the kernel died ({heading}).")
    from page import headline, provenance, recorded, write_page
    # what ran is written even when a cell failed: the page shows where
    seconds = time.monotonic() - started
    notebook.metadata["graft"] = provenance(seconds, recorded(notebook, code))
    page = RESULTS / (path.stem + ".html")
    nbformat.write(notebook, RESULTS / path.name)
    write_page(notebook, path, page)
    if failed:
        index, line = failing_cell(notebook, code)
        say("")
        print(re.sub(r"\x1b\[[0-9;]*m", "", failed.traceback), file=sys.stderr)
        raise SystemExit(f"{path.name}: cell {index}{line} failed: {failed.ename}: {failed.evalue}\nThe page up to there: {page.relative_to(ROOT)}")
    if inplace:
        # the page names machine and hour; the notebook says what to expect
        notebook.metadata["graft"] = {"seconds": round(seconds)}
        nbformat.write(notebook, path)
    if headline(notebook):
        say(headline(notebook))
    say(f"done in {time.monotonic() - started:.0f} s")
    return page


def expected(paths) -> str:
    """How long the notebooks took where their outputs were made."""
    seconds = {p: nbformat.read(p, as_version=4).metadata.get("graft", {}).get("seconds") for p in paths}
    known = [s for s in seconds.values() if s]
    if not known:
        return f"{len(paths)} notebooks"
    longest = max((p for p in paths if seconds[p]), key=lambda p: seconds[p])
    return (f"{len(paths)} notebooks: {minutes(sum(known))} where they were written, with CIFAR-10 and VGG16 on 2 cores; "
            f"the longest is {longest.stem}, {minutes(seconds[longest])}. Features that are on disk are not computed again.")


def minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def failing_cell(notebook, code):
    """The number of the cell that failed, and its line where the traceback tells."""
    for n, i in enumerate(code, 1):
        for output in notebook.cells[i].get("outputs", []):
            if output.output_type == "error":
                match = re.search(r"cell(?: \[\d+\])?:(\d+):", "\n".join(output.traceback))
                return n, f", line {match[1]}," if match else ""
    return "?", ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted((ROOT / "notebooks").glob("*.ipynb")))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--inplace", action="store_true")
    options = parser.parse_args()
    if len(options.notebooks) > 1:
        say(expected(options.notebooks))
    pages = [run(path.resolve(), options.set, options.inplace) for path in options.notebooks]
    gallery = import_module("page").write_gallery(RESULTS)
    print("Open " + ", ".join(str(page.relative_to(ROOT)) for page in [*pages, gallery]))


main()
