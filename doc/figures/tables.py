"""What the tables of the measured pages say: it is quoted in texts and drawn in figures, and stands in one place."""

import re
from pathlib import Path

DOC = Path(__file__).resolve().parents[1]


def cells(page, row, column):
    """Return what stands in one column of a page's tables in the rows that begin so."""
    header, found = None, []
    for line in (DOC / page).read_text(encoding="utf-8").splitlines():
        values = [value.strip() for value in line.strip("|").split("|")]
        header = (header or values) if line.startswith("|") else None
        if header and column in header and re.match(row, " ".join(values)):
            found.append(values[header.index(column)])
    if not found:
        raise ValueError(
            f"No table of doc/{page} has a row {row!r} and a column {column!r}, which another page "
            "quotes.")
    return found
