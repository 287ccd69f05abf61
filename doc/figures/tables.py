"""Cells of the tables on the measured pages, which other pages quote and figures draw."""

import re
from pathlib import Path

DOC = Path(__file__).resolve().parents[1]


def cells(page, row, column, missing=None):
    """Return the cells in one column of a page's tables, of the rows that match a pattern.

    Without any such row, return [missing], or raise if that is None.
    """
    header, found = None, []
    for line in (DOC / page).read_text(encoding="utf-8").splitlines():
        values = [value.strip() for value in line.strip("|").split("|")]
        header = (header or values) if line.startswith("|") else None
        if header and column in header and re.match(row, " ".join(values)):
            found.append(values[header.index(column)])
    if not found and missing is None:
        raise ValueError(
            f"doc/{page} has no table with a row {row!r} and a column {column!r}, which another "
            "page quotes.")
    return found or [missing]
