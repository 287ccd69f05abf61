"""Cells of the tables on the measured pages, which other pages quote and figures draw."""

import re
from pathlib import Path

DOC = Path(__file__).resolve().parents[1]
# data sets of time series and their rows in measured.md, and models whose table lists them by half
SERIES = {
    "GunPoint": "gunpoint", "ItalyPowerDemand": "italy_power_demand", "ArrowHead": "arrow_head",
    "BasicMotions": "basic_motions", "OSULeaf": "osuleaf", "JapaneseVowels": "japanese_vowels"}
BY_HALF = "SpikingRocket", "MiniRocket"


def rows(file):
    """Yield the cells of each row of the tables in a Markdown or reStructuredText file.

    Yield an empty list after each table.
    """
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".rst":
        yield from list_tables(text)
    starts = []  # where the columns of a simple table in reStructuredText begin
    n_borders = 0
    for line in text.splitlines():
        if re.fullmatch("=+( +=+)+", line):
            starts = [match.start() for match in re.finditer("=+", line)]
            n_borders = (n_borders + 1) % 3
        elif file.suffix == ".rst" and n_borders:
            yield [line[slice(*bounds)].strip() for bounds in zip(
                starts, [*starts[1:], None], strict=True)]
            continue
        elif line.startswith("|"):
            yield [value.strip() for value in line.strip("|").split("|")]
            continue
        if not n_borders:
            yield []


def list_tables(text):
    """Yield the cells of each row of the list tables in reStructuredText."""
    for table in re.findall(r"^\.\. list-table::.*\n((?:(?: .*)?\n)+)", text, re.MULTILINE):
        for row in re.split(r"^ +\* -", table, flags=re.MULTILINE)[1:]:
            cells = re.split(r"^ +-(?=\s)", row, flags=re.MULTILINE)
            yield [" ".join(cell.split()) for cell in cells]
        yield []


def cells(page, row, column, missing=None):
    """Return the cells in one column of a page's tables, of the rows that match a pattern.

    Without any such row, return [missing], or raise if that is None.
    """
    header, found = None, []
    for values in rows(DOC / page):
        header = (header or values) if values else None
        if header and column in header and re.match(row, " ".join(values)):
            found.append(values[header.index(column)])
    if not found and missing is None:
        raise ValueError(
            f"doc/{page} has no table with a row {row!r} and a column {column!r}, which another "
            "page quotes.")
    return found or [missing]


def accuracies(model):
    """Return the accuracy of a model on each of six data sets of time series, in %."""
    found = [
        cells("measured.md", f"development {name} " if model in BY_HALF else f"{row} ", model)
        for name, row in SERIES.items()]
    return [float(cell.split()[0]) for (cell,) in found]


def ratios(row, column):
    """Return how many times as long as skspike another package takes, by rows of speed.md."""
    return [
        float(re.search(r"\(([\d.]+)×\)", cell)[1]) for cell in cells("speed.md", row, column)]
