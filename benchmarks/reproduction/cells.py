"""A cell: one piece of work that depends on no other, and that becomes one row of results."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import skspike

IDENTITY = ("table", "task", "method", "variant", "seed", "settings", "skspike")


@dataclass(frozen=True)
class Cell:
    """What is computed, with which settings.

    `settings` holds all that the result depends on, as JSON can hold it. Not part of the identity:
    `seconds`, a guess of the time on one core; `alone`, whether nothing else may run beside it
    (timings); `place`, where data or another interpreter lie.
    """

    table: int
    task: str
    method: str
    variant: str
    seed: int
    settings: dict = field(hash=False)
    seconds: float = 1.0
    alone: bool = False
    place: str | None = None

    def identity(self):
        """Return the columns that tell this cell's row from others."""
        values = (
            self.table, self.task, self.method, self.variant, self.seed, canonical(self.settings),
            skspike.__version__)
        return dict(zip(IDENTITY, map(str, values), strict=True))

    @property
    def key(self):
        """Return the identity as a tuple."""
        return tuple(self.identity().values())


def key_of(row):
    """Return the key of a row."""
    return tuple(row[name] for name in IDENTITY)


def canonical(value):
    """Return the one JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def source_digest():
    """Return a short digest of the package's source: versions in the making share a version number."""
    folder = Path(skspike.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:8]
