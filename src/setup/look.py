"""Prints which of the packages that files of requirements pin for this Python are not in its environment.

usage: python -I look.py FILE…
"""
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement


def pinned(file: str):
    """Requirements of a file, without their hashes."""
    lines = Path(file).read_text().replace("\\\n", " ").splitlines()
    for line in lines:
        text = re.sub(r"\s+--hash=\S+", "", line.split(" #")[0]).strip()
        if text and not text.startswith(("#", "-")):
            yield Requirement(text)


def is_there(wanted: Requirement) -> bool:
    try:
        return wanted.specifier.contains(version(wanted.name), prereleases=True)
    except PackageNotFoundError:
        return False


for wanted in (one for file in sys.argv[1:] for one in pinned(file)):
    if (wanted.marker is None or wanted.marker.evaluate()) and not is_there(wanted):
        print(wanted.name)
