"""Computations on all samples in parts of equal length."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._checks import Ragged, rows_by_length
from .._compile import map_rows, map_threads
from ._typing import Array


def map_samples(
        function: Callable[[Array], Array], X: Any, n_rows: Callable[[tuple[int, ...]], int],
        n_jobs: int | None = None) -> Array:
    """Return the results of a function for all samples.

    The function takes arrays of samples of equal length, and returns one result for each sample.
    ``n_rows(shape)`` is the number of samples of a shape to pass at a time.
    """
    if not isinstance(X, Ragged):
        return map_rows(lambda rows: function(X[rows]), len(X), n_rows(X.shape[1:]), n_jobs)
    parts = [
        part for rows in rows_by_length(X.lengths)
        for part in _split(rows, n_rows((X.shape[1], int(X.lengths[rows[0]]))))]
    return placed(map_threads(lambda rows: function(X.stacked(rows)), parts, n_jobs), parts)


def placed(results: Sequence[Array], parts: Sequence[Array]) -> Array:
    """Return results for parts of the samples, in the order of the samples.

    They are one array, or an array of objects if their shapes differ.
    """
    n_samples = sum(map(len, parts))
    if len({result.shape[1:] for result in results}) == 1:
        found = np.empty((n_samples, *results[0].shape[1:]), results[0].dtype)
        for rows, result in zip(parts, results, strict=True):
            found[rows] = result
        return found
    each = np.empty(n_samples, object)
    for rows, result in zip(parts, results, strict=True):
        for row, one in zip(rows, result, strict=True):
            each[row] = one
    return each


def _split(rows, size):
    return np.array_split(rows, -(-len(rows) // max(size, 1)))
