"""A cell: an independent piece of work that gives one row of results."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import skspike

IDENTITY = ("table", "task", "method", "variant", "seed", "settings", "skspike")


@dataclass(frozen=True)
class Cell:
    """A computation with its settings.

    `settings` contains everything that the result depends on, as JSON. Not part of the identity:
    `seconds`, an estimate of the time on one core, `alone`, whether no other cell may run at the
    same time (timings), and `place`, the path of data or of another interpreter.
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
        """Return the columns that identify the row of this cell."""
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
    """Return the canonical JSON text of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def source_digest():
    """Return a short digest of the package's source.

    Development versions with different sources have the same version number.
    """
    folder = Path(skspike.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:8]
