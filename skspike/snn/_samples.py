"""Weights of samples, and an order of samples that does not depend on their order in the input.

A sample of weight 2 gives the same network as the sample twice. So `fit` adds the weights of equal
samples, and sorts the samples by content. Without the order, two fits would draw other
mini-batches.
"""

from typing import Any, NamedTuple

import numpy as np

from .._checks import Ragged, as_numbers, rows_by_length
from .._utils import Array
from ..learning import Target

N_COLUMNS = 64  # columns that are compared at a time
MAX_PRESENTATIONS = 2**24  # samples of an epoch, for rules that repeat a sample
N_PRESENTED = 10_000  # samples of an epoch from which on large weights multiply the loss instead
LARGEST_WHOLE = 2.0**53  # larger floats are not exact


class Given(NamedTuple):
    """X and y as the user passed them, and the row of each learned sample in them."""

    X: Any
    y: Any
    rows: Array


def weighted(X: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Array, Array]:
    """Return the samples of positive weight, their weights, and their rows.

    Parameters
    ----------
    X : ndarray or Ragged
        Checked input.
    y : ndarray or None
        Labels or values.
    sample_weight : array-like of shape (n_samples,) or None
        Weights. None means 1 for each sample.

    Returns
    -------
    X, y, weight, rows : ndarray
        The samples. `weight` is float64.

    Raises
    ------
    ValueError
        If `sample_weight` is not one finite number >= 0 for each sample, or all are 0.
    """
    if sample_weight is None:
        return X, y, np.ones(len(X)), np.arange(len(X))
    weight = as_numbers(sample_weight, "sample_weight").astype(float)
    if weight.shape != (len(X),):
        raise ValueError(
            f"sample_weight must have one number for each of the {len(X)} samples, got shape "
            f"{weight.shape}.")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        worst = weight[~(weight >= 0)] if (~(weight >= 0)).any() else weight[~np.isfinite(weight)]
        raise ValueError(f"sample_weight must be finite and >= 0, got {worst[0]}.")
    rows = np.flatnonzero(weight > 0)
    if len(rows) == len(X):
        return X, y, weight, rows
    if not len(rows):
        raise ValueError(
            "sample_weight must give at least one sample a weight above 0, got only zeros.")
    return X[rows], None if y is None else y[rows], weight[rows], rows


def arranged(
        X: Any, target: Target, repeats: bool,
        single_pass: bool = False) -> tuple[Any, Target, Array]:
    """Return the samples in the form in which a rule learns them.

    The weights of equal samples (of equal X and y) are added, and the samples are sorted by
    content. Then whole weights become repetitions, because an epoch of few distinct samples would
    have few updates. Other weights multiply the loss. A single pass keeps the samples in their
    order, because chunks of any size must give the same network, unless the rule repeats samples
    and so takes them in random order.

    Parameters
    ----------
    X : ndarray or Ragged
        Checked input.
    target : Target
        Labels or values, and weights.
    repeats : bool
        Whether weights can only be repetitions (`Rule.repeats`).
    single_pass : bool, default=False
        Whether the samples are one chunk of ``partial_fit``.

    Returns
    -------
    X : ndarray
        The samples.
    target : Target
        Their labels or values, and weights.
    rows : ndarray
        Their rows in `X`.

    Raises
    ------
    ValueError
        If weights can only be repetitions, and are not whole numbers or too large.
    """
    y, rows = target.y, np.arange(len(X))
    weight: Any = target.sample_weight
    if repeats or not single_pass:
        content = _ranks_by_length(X) if isinstance(X, Ragged) else X
        parts = (content,) if y is None else (content, y)
        _, rows, group = np.unique(ranks(*parts), return_index=True, return_inverse=True)
        weight = np.bincount(group, weight)
        times = _whole(weight) if repeats else _presentations(weight)
        rows, weight = np.repeat(rows, times), np.repeat(weight / times, times)
    target = target._replace(y=None if y is None else y[rows], sample_weight=weight)
    return X[rows], target, rows


def _ranks_by_length(X: Ragged) -> Array:
    """Return the rank of each sample: shorter samples first, those of one length by content."""
    rank, n_shorter = np.empty(len(X), np.intp), 0
    for rows in rows_by_length(X.lengths):
        rank[rows] = n_shorter + ranks(X.stacked(rows))
        n_shorter += len(rows)
    return rank


def without_unit(weight: Array) -> Array:
    """Return weights with mean 1, because step sizes depend on the mean."""
    scaled: Array = weight / weight.max()  # first, because sums of large weights overflow
    scaled /= scaled.mean()
    return scaled


def ranks(*parts: Array) -> Array:
    """Return the number of smaller rows for each row, in lexicographic order of their values.

    Parameters
    ----------
    *parts : ndarray of shape (n_rows, ...)
        Values of the rows: all values of the first array, then of the next.

    Returns
    -------
    rank : ndarray of shape (n_rows,), int
        Rank from 0. Equal rows have the same rank.
    """
    rank = np.zeros(len(parts[0]), np.intp)
    rows = np.arange(len(rank))  # rows that share their rank with another row, sorted by rank
    for part in parts:
        values, column = part.reshape(len(part), -1), 0
        while column < values.shape[1] and len(rows):
            block = values[rows, column : column + N_COLUMNS]
            shares = np.diff(rank[rows])[:, None] == 0
            splits = ((block[1:] != block[:-1]) & shares).any(axis=0)
            k = int(splits.argmax()) if splits.any() else N_COLUMNS
            if k < N_COLUMNS:
                rows = _split(rank, rows, block[:, k])
            column += k + (k < N_COLUMNS)
    return rank


def _split(rank: Array, rows: Array, values: Array) -> Array:
    """Split groups of equal rank by a value. Return the rows whose rank is still shared."""
    rows = rows[order := np.lexsort((values, rank[rows]))]
    before, values, place = rank[rows], values[order], np.arange(len(rows))
    new_group = np.append(True, before[1:] != before[:-1])
    new_rank = new_group | np.append(True, values[1:] != values[:-1])
    first_of_group = np.maximum.accumulate(np.where(new_group, place, 0))
    first_of_rank = np.maximum.accumulate(np.where(new_rank, place, 0))
    rank[rows] = before + first_of_rank - first_of_group
    sizes = np.diff(np.append(np.flatnonzero(new_rank), len(rows)))
    return rows[np.repeat(sizes > 1, sizes)]


def _presentations(weight: Array) -> Array:
    """Return how often an epoch presents each sample: as its weight says, if all are whole numbers.

    A common factor of the weights does not count. The sum is limited for samples of large weights.
    """
    if weight.max() > LARGEST_WHOLE or (weight % 1).any():
        return np.ones(len(weight), int)
    times = weight.astype(int)
    times //= np.gcd.reduce(times)
    share = max(2 * len(times), N_PRESENTED) / times.sum(dtype=float)
    return times if share >= 1 else np.maximum((times * share).astype(int), 1)


def _whole(weight: Array) -> Array:
    """Return weights as integers, or raise if they cannot be numbers of presentations."""
    wanted = "This rule presents a sample of weight 2 twice. sample_weight must"
    fractions = weight[weight != np.round(weight)]
    if len(fractions):
        raise ValueError(f"{wanted} be whole numbers, got {fractions[0]}.")
    if weight.sum() > MAX_PRESENTATIONS:
        raise ValueError(f"{wanted} sum to at most {MAX_PRESENTATIONS}, got {weight.sum():g}.")
    return weight.astype(int)
