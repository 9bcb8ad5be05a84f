"""Finished progress bars, of which a page shows one line a cell: what was done and how long it took."""
import html
import re

BAR = re.compile(r'<progress value="(\d+)" max="(\d+)"')
DONE = re.compile(r": ([\d,]+) ([^\W\d]+)(?:, in ((?:[\d.]+ (?:h|min|s) ?)+)|, (all found on disk))")
SECONDS = {"h": 3600, "min": 60, "s": 1}


def fold_bars(notebook) -> None:
    """Replace the finished bars of each cell by one that folds; a bar that did not get to its end stays."""
    for cell in notebook.cells:
        bars = [o for o in cell.get("outputs", []) if finished(o)]
        if not bars:
            continue
        texts = [line for bar in bars for line in bar.data["text/plain"].strip().split("\n")]
        lines = "".join(f"<div>{html.escape(line)}</div>" for line in texts)
        bars[0].data["text/html"] = (
            f'<details class="graft-bars"><summary>{html.escape(summary(texts))}</summary>{lines}</details>'
        )
        cell.outputs = [o for o in cell.outputs if o is bars[0] or not any(o is bar for bar in bars)]


def finished(output) -> bool:
    if output.output_type not in ("display_data", "execute_result"):
        return False
    bar = BAR.search(output.get("data", {}).get("text/html", ""))
    return bool(bar) and bar[1] == bar[2] and "text/plain" in output.data


def summary(texts) -> str:
    """3,750 images, 15 runs in 5 min 10 s"""
    counts, seconds = {}, 0.0
    for found in filter(None, map(DONE.search, texts)):
        counts[found[2]] = counts.get(found[2], 0) + int(found[1].replace(",", ""))
        seconds += sum(float(n) * SECONDS[unit] for n, unit in re.findall(r"([\d.]+) (h|min|s)", found[3] or ""))
    done = ", ".join(f"{n:,} {unit}" for unit, n in counts.items()) or f"{len(texts)} steps"
    return f"{done} in {duration(seconds)}" if seconds else f"{done}, all found on disk"


def duration(seconds: float) -> str:
    whole = round(seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
