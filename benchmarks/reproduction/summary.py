"""Means with standard deviations, and paired gains with standard errors."""

from typing import NamedTuple

import numpy as np

from .cells import IDENTITY

NOTHING = "–"


class Gain(NamedTuple):
    """Mean difference over common seeds, standard error (NaN for one seed), number of seeds."""

    mean: float
    error: float
    n: int

    def __str__(self):
        return f"{self.mean:+.1f}" if np.isnan(
            self.error) else f"{self.mean:+.1f} (s.e. {self.error:.1f})"

    def clear(self):
        """Return whether it is more than two standard errors above zero."""
        return self.mean > 2 * self.error


def select(rows, **match):
    """Return the rows with these values."""
    assert set(match) <= set(IDENTITY)
    return [row for row in rows if all(row[name] == str(value) for name, value in match.items())]


def values(rows, *path, **match):
    """Return a dict of (variant, seed) to the number at `path` in the results of matching rows."""
    found = {}
    for row in select(rows, **match):
        value = row["results"]
        for name in path:
            value = value.get(name) if value else None
        if value is not None:
            found[row["variant"], int(row["seed"])] = value
    return found


def difference(one, other):
    """Return the paired difference of two dicts as a `Gain`, or None without common keys."""
    pairs = np.array([one[key] - other[key] for key in one if key in other])
    if not len(pairs):
        return None
    error = pairs.std(ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else np.nan
    return Gain(float(pairs.mean()), float(error), len(pairs))


def accuracies(rows, task, method, variant, table=1):
    """Return the test accuracies of a table by seed."""
    return {
        seed: value
        for (_, seed), value in values(
            rows, "test", table=table, task=task, method=method, variant=variant).items()}


def gain(rows, task, method, against, table=1):
    """Return the gain of learned intrinsics over another variant, or None."""
    return difference(
        *(accuracies(rows, task, method, variant, table) for variant in ("learned", against)))


def spread(numbers, digits=1):
    """Return mean and standard deviation as text."""
    numbers = np.array(list(numbers), dtype=float)
    if not len(numbers):
        return NOTHING
    mean = f"{numbers.mean():.{digits}f}"
    return f"{mean} ± {numbers.std(ddof=1):.{digits}f}" if len(numbers) > 1 else mean


def mean(numbers):
    """Return the mean of a dict's values, or None if there are none."""
    return float(np.mean(list(numbers.values()))) if numbers else None


def text(value, form="{:.1f}"):
    """Return a number as text, or a dash for None."""
    return NOTHING if value is None else form.format(value) if isinstance(
        value, (int, float)) else str(value)


def listed(items):
    """Return items joined by commas and \"and\"."""
    items = list(items)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
