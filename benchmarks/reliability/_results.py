"""A CSV file of results under doc/reliability, one row a run."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "doc" / "reliability"


def append(name, row):
    """Append a row, a dict, to a CSV file, and write the header before the first one."""
    path = FOLDER / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)
    return path


def write(name, rows):
    """Write a CSV file of rows, dicts, in place of what it held."""
    (FOLDER / f"{name}.csv").unlink(missing_ok=True)
    for row in rows:
        append(name, row)
