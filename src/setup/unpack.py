"""Takes files out of a wheel, each to its path below a folder; refuses a wheel without one of them.

usage: python unpack.py WHEEL FOLDER FILE…
"""
import sys
import zipfile
from pathlib import Path

wheel, folder, *files = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    missing = [file for file in files if file not in names]
    if missing:
        libraries = [name for name in names if Path(name).name.startswith("lib")]
        sys.exit(
            f"{Path(wheel).name}: expected {', '.join(missing)} in it; "
            f"got {len(names)} files, of libraries {', '.join(libraries[:8]) or 'none'}. "
            "src/setup/parts/tensorflow.mjs lists what is taken out of it."
        )
    archive.extractall(folder, files)
