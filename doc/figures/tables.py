"""Tables of the stored results, which pages quote and figures draw.

The result of a part is a file of ``doc/results/``: a header of lines such as ``date: 2026-12-01``,
an empty line, and the output of the command. A name that ends in .csv is such a file of ``doc/``.
"""

import csv
import re
from functools import cache
from pathlib import Path

DOC = Path(__file__).resolve().parents[1]
RESULTS = DOC / "results"
# data sets of time series and their rows in the tables
SERIES = {
    "GunPoint": "gunpoint", "ItalyPowerDemand": "italy_power_demand", "ArrowHead": "arrow_head",
    "BasicMotions": "basic_motions", "OSULeaf": "osuleaf", "JapaneseVowels": "japanese_vowels"}
BY_HALF = "SpikingRocket", "MiniRocket"


def result(part):
    """Return the header of a stored result as a dict, and its output."""
    header, _, output = (RESULTS / f"{part}.txt").read_text(encoding="utf-8").partition("\n\n")
    return dict(line.split(": ", 1) for line in header.splitlines()), output.strip("\n")


@cache
def tables(part):
    """Return the tables of a result as lists of rows of cells, with the header first."""
    if part.endswith(".csv"):
        with (DOC / part).open(newline="", encoding="utf-8") as file:
            return [list(csv.reader(file))]
    found, inside = [], False
    for line in result(part)[1].splitlines():
        if line.startswith("|"):
            if not inside:
                found.append([])
            found[-1].append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        inside = line.startswith("|")
    return [[header, *rows] for header, _, *rows in found]


def cells(part, row, column, missing=None):
    """Return the cells in one column of a part's tables, of the rows that match a pattern.

    Without any such row, return [missing], or raise if that is None.
    """
    found = [
        values[header.index(column)]
        for header, *rows in tables(part) if column in header
        for values in rows if re.match(row, " ".join(values))]
    if not found and missing is None:
        raise ValueError(f"{part} has no table with a row {row!r} and a column {column!r}.")
    return found or [missing]


def accuracies(model):
    """Return the accuracy of a model on each of six data sets of time series, in %."""
    rows = [
        ("series", f"development {name} ") if model in BY_HALF else ("temporal-series", f"{row} ")
        for name, row in SERIES.items()]
    return [float(cells(part, row, model)[0].split()[0]) for part, row in rows]


def ratios(row, column):
    """Return how many times as long as skspike another package takes, by rows of its speed."""
    return [
        float(re.search(r"\(([\d.]+)×\)", cell)[1]) for cell in cells("speed", row, column)]
