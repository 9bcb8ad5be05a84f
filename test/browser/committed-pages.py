"""Writes the pages of the committed notebooks, as `npm run pages` does after their run: committed-pages.py FOLDER."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src/notebook/jupyter"))

import nbformat

from page import write_page

for file in sorted((ROOT / "notebooks").glob("*.ipynb")):
    write_page(nbformat.read(file, as_version=4), file, Path(sys.argv[1]) / f"{file.stem}.html")
