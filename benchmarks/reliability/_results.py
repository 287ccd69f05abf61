"""CSV files of results in doc/reliability, one row per run."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "doc" / "reliability"


def append(name, row):
    """Append a row (a dict) to a CSV file. Write the header first if the file is new."""
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
    """Write a CSV file from rows (dicts), replacing its content."""
    (FOLDER / f"{name}.csv").unlink(missing_ok=True)
    for row in rows:
        append(name, row)
