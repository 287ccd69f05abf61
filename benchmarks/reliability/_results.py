"""CSV files of results in doc/reliability."""

import csv
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "doc" / "reliability"


def write(name, rows):
    """Write a CSV file from rows (dicts), or delete it if there are none."""
    path = FOLDER / f"{name}.csv"
    path.unlink(missing_ok=True)
    if rows:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def replace(name, row, column):
    """Append a row to a CSV file, and remove the rows with the same value in a column."""
    path, kept = FOLDER / f"{name}.csv", []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            kept = [old for old in csv.DictReader(file) if old[column] != row[column]]
    write(name, [*kept, row])
