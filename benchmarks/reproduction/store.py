"""The CSV file of results, in which a row is complete or missing, even after a kill."""

import csv
import io
import json
import os
from pathlib import Path

from .cells import IDENTITY, key_of

COLUMNS = (*IDENTITY, "source", "date", "machine", "versions", "seconds", "results")


class Store:
    """Rows in a CSV file; `results` is JSON."""

    def __init__(self, path):
        self.path = Path(path)

    def rows(self):
        """Return the rows with parsed results, the first of each key.

        An incomplete last line, which a kill may have left, is removed.
        """
        if not self.path.exists():
            return []
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            os.truncate(self.path, len(whole))
        reader = csv.DictReader(io.StringIO(whole.decode(), newline=""))
        if whole and tuple(reader.fieldnames) != COLUMNS:
            raise ValueError(
                f"{self.path} has other columns than this version writes. Pass another --output, "
                "or remove it.")
        rows = {}
        for row in reader:
            rows.setdefault(key_of(row), {**row, "results": json.loads(row["results"])})
        return list(rows.values())

    def append(self, row):
        """Write a row, and the header before the first one, and flush it to the disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            lines = [] if os.fstat(file).st_size else [COLUMNS]
            lines.append([row[name] for name in COLUMNS])
            os.write(file, as_csv(lines).encode())
            os.fsync(file)
        finally:
            os.close(file)


def as_csv(lines):
    """Return lines as CSV text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
